import { words } from '../../kit/words';
import type { Colours } from './colours';
import { type Bar, type Overlay, type Stage, yOf } from './overlays';
import { chartWords } from './words';

interface Name {
  price: number;
  text: string;
}

/** What is written beside the gamma bars. */
export function namesOf({ levels, move, positions }: Overlay): Name[] {
  const edges = move ? [{ price: move.high, text: chartWords.moveUp }, { price: move.low, text: chartWords.moveDown }] : [];
  return [...levels.map(({ kind, price }) => ({ price, text: words.levels[kind] })), ...edges, ...positions];
}

export function drawName(context: CanvasRenderingContext2D, text: string, right: number, y: number, colours: Colours) {
  const width = context.measureText(text).width + 8;
  context.globalAlpha = 0.85;
  context.fillStyle = colours.surface;
  context.fillRect(right - width + 4, y - 7, width, 14);
  context.globalAlpha = 1;
  context.fillStyle = colours.text2;
  context.fillText(text, right, y + 0.5);
}

/** What lies beyond one expected move is shaded. */
export function drawMove(context: CanvasRenderingContext2D, { low, high }: NonNullable<Overlay['move']>, stage: Stage, colours: Colours) {
  context.fillStyle = context.strokeStyle = colours.text3;
  const [top, bottom] = [yOf(high, stage), yOf(low, stage)];
  context.globalAlpha = 0.07;
  if (top > 0) context.fillRect(0, 0, stage.width, Math.min(top, stage.height));
  if (bottom < stage.height) context.fillRect(0, Math.max(0, bottom), stage.width, stage.height - Math.max(0, bottom));
  context.globalAlpha = 0.7;
  for (const y of [top, bottom]) horizontal(context, y, stage, [2, 6]);
}

export function drawLine(context: CanvasRenderingContext2D, { kind, price }: Overlay['positions'][number], stage: Stage, colours: Colours) {
  context.strokeStyle = kind === 'strike' ? colours.text2 : colours.accent;
  context.globalAlpha = kind === 'strike' ? 0.65 : 0.9;
  horizontal(context, yOf(price, stage), stage, kind === 'strike' ? [] : [8, 4]);
}

function horizontal(context: CanvasRenderingContext2D, at: number, stage: Stage, dash: number[]) {
  const y = Math.round(at) + 0.5;
  if (y < 0 || y > stage.height) return;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(stage.width, y);
  context.stroke();
  context.setLineDash([]);
}

const BAR_LOOKS: Record<Bar['kind'], { colour: keyof Colours; fill: number; edge: number }> = {
  call: { colour: 'up', fill: 0.5, edge: 0 },
  put: { colour: 'down', fill: 0.1, edge: 0.75 },
  above: { colour: 'up', fill: 0.5, edge: 0 },
  below: { colour: 'down', fill: 0.1, edge: 0.75 },
  volume: { colour: 'text3', fill: 0.16, edge: 0 },
  node: { colour: 'accent', fill: 0.24, edge: 0 },
};

/** Calls are solid, puts hollow, so that they differ without colour. */
export function drawBar(context: CanvasRenderingContext2D, { kind, isCut, x, y, width, height }: Bar, colours: Colours) {
  const { colour, fill, edge } = BAR_LOOKS[kind];
  context.fillStyle = context.strokeStyle = colours[colour];
  context.globalAlpha = fill;
  context.fillRect(x, y, width, height);
  if (isCut) {
    context.globalAlpha = 0.9;
    context.fillRect(x + width - CUT_PX, y, CUT_PX, height);
  }
  if (edge === 0) return;
  context.globalAlpha = edge;
  context.lineWidth = 1;
  const [left, top] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
  context.strokeRect(left, top, Math.max(1, width), Math.max(1, Math.round(height) - 1));
}

const CUT_PX = 2;
const LABEL_ROOM_PX = 14;
export const FONT = "500 10px 'Inter', system-ui, sans-serif";

export function drawStructures(context: CanvasRenderingContext2D, { volume_nodes, volume_wells, crevasses }: NonNullable<Overlay['structures']>, stage: Stage, colours: Colours) {
  context.font = FONT;
  context.textBaseline = 'middle';
  const isCrevasse = new Set(crevasses.map(String));
  for (const range of [...volume_wells.filter((well) => !isCrevasse.has(String(well))), ...crevasses]) {
    const [low, high] = range;
    const top = yOf(high, stage) - 1;
    const height = yOf(low, stage) + 1 - top;
    if (top > stage.height || top + height < 0) continue;
    const isDeep = isCrevasse.has(String(range));
    context.fillStyle = colours.attention;
    context.globalAlpha = isDeep ? 0.07 : 0.045;
    context.fillRect(0, top, stage.width, height);
    if (isDeep) hatch(context, top, height, stage.width, colours.attention);
    if (height >= LABEL_ROOM_PX) label(context, isDeep ? words.structures.crevasse : words.structures.well, top + height / 2, colours.attention, stage);
  }
  for (const { price, weight } of volume_nodes) {
    const y = Math.round(yOf(price, stage)) + 0.5;
    if (y < 0 || y > stage.height) continue;
    context.strokeStyle = colours.node;
    context.globalAlpha = 0.55;
    context.lineWidth = Math.min(3, Math.max(1, weight));
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(stage.width, y);
    context.stroke();
    label(context, words.structures.node, y - 7, colours.node, stage);
  }
}

function hatch(context: CanvasRenderingContext2D, top: number, height: number, width: number, colour: string) {
  context.save();
  context.beginPath();
  context.rect(0, top, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.globalAlpha = 0.16;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = -height; x < width; x += 8) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

function label(context: CanvasRenderingContext2D, text: string, y: number, colour: string, stage: Stage) {
  if (y < LABEL_ROOM_PX * 2 || y > stage.height - 6) return;
  context.globalAlpha = 0.9;
  context.fillStyle = colour;
  context.fillText(text, 6, y);
}
