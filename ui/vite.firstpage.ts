import type { HtmlTagDescriptor, Plugin, Rollup } from 'vite';

/** Has the document ask for `page`'s files, and for `font`, at once, not when the program that needs them has begun. */
export function firstPage({ page, font }: { page: string; font: string }): Plugin {
  return {
    name: 'first-page',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const found = Object.values(bundle);
        const chunk = found.find((file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(page));
        const fontFile = found.find((file) => file.type === 'asset' && file.originalFileNames.some((name) => name.endsWith(font)));
        if (chunk?.type !== 'chunk' || !fontFile) throw new Error(`the build has no ${chunk ? font : page}`);
        const { scripts, styles } = filesOf(chunk, bundle);
        return [
          ...scripts.map((file) => link({ rel: 'modulepreload', href: `/${file}`, crossorigin: true })),
          ...styles.map((file) => link({ rel: 'stylesheet', href: `/${file}`, crossorigin: true })),
          link({ rel: 'preload', as: 'font', type: 'font/woff2', href: `/${fontFile.fileName}`, crossorigin: true }),
        ].filter(({ attrs }) => !html.includes(`"${String(attrs?.['href'])}"`));
      },
    },
  };
}

/** The files without which `chunk` does not run. */
function filesOf(chunk: Rollup.OutputChunk, bundle: Rollup.OutputBundle) {
  const scripts = new Set<string>();
  const styles = new Set<string>();
  const add = (fileName: string) => {
    const file = bundle[fileName];
    if (file?.type !== 'chunk' || scripts.has(fileName)) return;
    scripts.add(fileName);
    for (const style of file.viteMetadata?.importedCss ?? []) styles.add(style);
    for (const each of file.imports) add(each);
  };
  add(chunk.fileName);
  return { scripts: [...scripts], styles: [...styles] };
}

function link(attrs: Record<string, string | boolean>): HtmlTagDescriptor {
  return { tag: 'link', attrs, injectTo: 'head' };
}
