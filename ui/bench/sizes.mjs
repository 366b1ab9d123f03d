/** How much of the build the browser has to fetch. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What `entries` of Vite's manifest need before they can run, as `{js, css}`: sets of file names. */
export function neededBy(manifest, entries) {
  const [js, css, seen] = [new Set(), new Set(), new Set()];
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk || seen.has(key)) return;
    seen.add(key);
    js.add(chunk.file);
    for (const file of chunk.css ?? []) css.add(file);
    for (const each of chunk.imports ?? []) visit(each);
  };
  for (const entry of entries) visit(entry);
  return { js, css };
}

/** Compressed bytes of what the workspace needs at first, of the chart, and of all else, `{gzip, brotli}` each. */
export async function sizesOf(dist) {
  const manifest = JSON.parse(await readFile(join(dist, '.vite', 'manifest.json'), 'utf8'));
  const scripts = (await readdir(join(dist, 'assets'))).filter((name) => name.endsWith('.js')).map((name) => `assets/${name}`);
  const first = neededBy(manifest, ['index.html', 'src/pages/WorkspacePage.tsx']);
  // It reads the stream from the start, so that it is no part to be fetched later.
  for (const file of scripts.filter((name) => name.includes('heatmap.worker'))) first.js.add(file);
  const chart = neededBy(manifest, ['src/panels/chart/PriceChart.tsx']).js;
  const isLazyChart = (file) => chart.has(file) && !first.js.has(file);
  return {
    initialJs: await compressed(dist, [...first.js]),
    initialCss: await compressed(dist, [...first.css]),
    chartJs: await compressed(dist, scripts.filter(isLazyChart)),
    otherJs: await compressed(dist, scripts.filter((file) => !first.js.has(file) && !isLazyChart(file))),
  };
}

async function compressed(dist, files) {
  const bytes = async (ending) => (await Promise.all(files.map((file) => stat(join(dist, file + ending))))).reduce((total, { size }) => total + size, 0);
  return { files: files.length, gzip: await bytes('.gz'), brotli: await bytes('.br') };
}
