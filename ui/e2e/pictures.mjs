/**
 * The pictures of `docs/ui`. A test lays what it sees beside what is kept: a picture that is missing or looks different
 * fails it, and `MS_UPDATE_SHOTS=1` writes the picture instead. What is compared is the mean brightness of small squares,
 * so that another machine's way of drawing letters is no difference, but another badge, line or panel is.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openBrowser } from './target.mjs';

const DOCS = join(import.meta.dirname, '..', '..', 'docs', 'ui');
const SEEN = process.env.MS_SHOTS ?? join(tmpdir(), 'marketswarm-shots');
const IS_UPDATE = Boolean(process.env.MS_UPDATE_SHOTS);
/** Most of the time of a picture is waiting for rest. */
export const WIDTHS_AT_ONCE = 3;
const SQUARE_PX = 8;
/** Brightness from 0 to 255 from which two squares differ, and the share of squares that may. */
const LEVELS = 18;
const SHARE = 0.0025;
const QUALITY = 0.82;
const GAP_PX = 12;

/** Whether pictures of this width are asked for: `MS_WIDTHS=1440,390`, else all. */
export const isWanted = (width) => (process.env.MS_WIDTHS?.split(',') ?? [`${width}`]).includes(`${width}`);

/** For all tests of a file; it goes with the last one. */
export const browser = await openBrowser();
after(() => browser.close());

/** Where pictures are composed and compared: `keep` does both. */
async function openDesk() {
  const context = await browser.newContext();
  const page = await context.newPage();

  /** Lays `shots` (PNG) in rows of `columns` and holds the whole against `docs/ui/<name>.webp`. */
  async function keep(name, shots, columns = 1) {
    const urls = shots.map((shot) => `data:image/png;base64,${shot.toString('base64')}`);
    const made = Buffer.from(await page.evaluate(compose, { urls, columns, gap: GAP_PX, quality: QUALITY }), 'base64');
    const path = join(DOCS, `${name}.webp`);
    const kept = await readFile(path).catch(() => null);
    if (kept?.equals(made)) return;
    const share = kept === null ? null : await page.evaluate(differing, { made: webp(made), kept: webp(kept), square: SQUARE_PX, levels: LEVELS });
    if (share !== null && share <= SHARE) return;
    if (IS_UPDATE) {
      await mkdir(DOCS, { recursive: true });
      return writeFile(path, made);
    }
    await mkdir(SEEN, { recursive: true });
    await writeFile(join(SEEN, `${name}.webp`), made);
    const how = share === null ? 'is missing' : `looks different (${(100 * share).toFixed(2)} % of it)`;
    throw new Error(`docs/ui/${name}.webp ${how}; what was seen is in ${SEEN}, MS_UPDATE_SHOTS=1 keeps it`);
  }
  return { keep };
}

export const desk = await openDesk();

const webp = (bytes) => `data:image/webp;base64,${bytes.toString('base64')}`;

/** A picture of a page, or of a part of it, once it has come to rest. */
export async function still(shown) {
  let last = await shown.screenshot();
  for (let tries = 0; tries < 20; tries += 1) {
    await new Promise((resume) => setTimeout(resume, 300));
    const next = await shown.screenshot();
    if (next.equals(last)) return next;
    last = next;
  }
  throw new Error('the page does not come to rest');
}

// The rest runs in the browser.

async function compose({ urls, columns, gap, quality }) {
  const images = await Promise.all(urls.map(async (src) => {
    const image = new Image();
    image.src = src;
    await image.decode();
    return image;
  }));
  const rows = [];
  for (let n = 0; n < images.length; n += columns) rows.push(images.slice(n, n + columns));
  const width = Math.max(...rows.map((row) => row.reduce((sum, image) => sum + image.width + gap, -gap)));
  const heights = rows.map((row) => Math.max(...row.map((image) => image.height)));
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = heights.reduce((sum, height) => sum + height + gap, -gap);
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#5a5f6b';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  let top = 0;
  rows.forEach((row, n) => {
    let left = 0;
    for (const image of row) {
      pen.drawImage(image, left, top);
      left += image.width + gap;
    }
    top += heights[n] + gap;
  });
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}

async function differing({ made, kept, square, levels }) {
  const brightness = async (src) => {
    const image = new Image();
    image.src = src;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(image.width / square);
    canvas.height = Math.ceil(image.height / square);
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return { size: `${image.width}x${image.height}`, values: Array.from({ length: data.length / 4 }, (_, n) => 0.3 * data[4 * n] + 0.59 * data[4 * n + 1] + 0.11 * data[4 * n + 2]) };
  };
  const [a, b] = [await brightness(made), await brightness(kept)];
  if (a.size !== b.size) return 1;
  return a.values.filter((value, n) => Math.abs(value - b.values[n]) > levels).length / a.values.length;
}
