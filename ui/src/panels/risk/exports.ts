import type { RiskPicture } from '../../kit/risk/picture';
import { csvOf } from './table';

const STYLES = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'font-size', 'font-weight', 'font-family', 'paint-order'] as const;
const PIXELS = 2;

export function saveCsv(picture: RiskPicture, isWhatIf: boolean, name: string) {
  save(new Blob([csvOf(picture, isWhatIf)], { type: 'text/csv' }), `${name}.csv`);
}

/** The graph as it is on the page, on the page's ground, twice as fine. */
export async function savePng(svg: SVGSVGElement, name: string) {
  const url = URL.createObjectURL(new Blob([standalone(svg)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = svg.clientWidth * PIXELS;
    canvas.height = svg.clientHeight * PIXELS;
    const pen = canvas.getContext('2d');
    if (!pen) return;
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--surface').trim();
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && save(blob, `${name}.png`), 'image/png');
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A copy that looks the same without the page's styles. */
export function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll<SVGElement>('*');
  for (const [n, each] of copy.querySelectorAll<SVGElement>('*').entries()) {
    const original = originals[n];
    if (!original) continue;
    const style = getComputedStyle(original);
    for (const name of STYLES) {
      const value = style.getPropertyValue(name);
      if (value) each.style.setProperty(name, value);
    }
  }
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new XMLSerializer().serializeToString(copy);
}

function save(blob: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
