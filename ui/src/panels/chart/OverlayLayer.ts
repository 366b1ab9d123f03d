import type { IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesApi, ISeriesPrimitive, SeriesAttachedParameter, SeriesType, Time } from 'lightweight-charts';
import { words } from '../../kit/words';
import { type Colours, coloursNow } from './colours';
import { type Bar, gexBars, gexReach, levelLabels, NO_OVERLAY, type Overlay, profileBars, type Stage, yOf } from './overlays';

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0];

/** Draws profile, structures and gamma below the price bars. */
export class OverlayLayer implements ISeriesPrimitive {
  private overlay: Overlay = NO_OVERLAY;
  private colours: Colours = coloursNow();
  private series: ISeriesApi<SeriesType> | null = null;
  private redraw: () => void = () => {};
  private readonly views: IPrimitivePaneView[] = [
    { zOrder: () => 'bottom', renderer: () => ({ draw: (target) => this.draw(target) }) },
    { zOrder: () => 'top', renderer: () => ({ draw: (target) => this.drawNames(target) }) },
  ];

  attached({ series, requestUpdate }: SeriesAttachedParameter<Time>) {
    this.series = series;
    this.redraw = requestUpdate;
  }

  paneViews() {
    return this.views;
  }

  show(overlay: Overlay) {
    this.overlay = overlay;
    this.colours = coloursNow();
    this.redraw();
  }

  private draw(target: Target) {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const stage = this.stage(mediaSize.width, mediaSize.height);
      if (!stage) return;
      context.save();
      const { profile, structures, gex, gexMode } = this.overlay;
      if (structures) drawStructures(context, structures, stage, this.colours);
      if (profile) profileBars(profile, stage).forEach((bar) => drawBar(context, bar, this.colours));
      if (gex) gexBars(gex, gexMode, stage).forEach((bar) => drawBar(context, bar, this.colours));
      context.restore();
    });
  }

  /** Left of the gamma bars, above the price bars. */
  private drawNames(target: Target) {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const stage = this.stage(mediaSize.width, mediaSize.height);
      if (!stage) return;
      context.save();
      context.font = FONT;
      context.textBaseline = 'middle';
      context.textAlign = 'right';
      const right = stage.width - (this.overlay.gex ? gexReach(stage) : 0) - 8;
      for (const { kinds, y } of levelLabels(this.overlay.levels, stage)) {
        const text = kinds.map((kind) => words.levels[kind]).join(' · ');
        const width = context.measureText(text).width + 8;
        context.globalAlpha = 0.85;
        context.fillStyle = this.colours.surface;
        context.fillRect(right - width + 4, y - 7, width, 14);
        context.globalAlpha = 1;
        context.fillStyle = this.colours.text2;
        context.fillText(text, right, y + 0.5);
      }
      context.restore();
    });
  }

  private stage(width: number, height: number): Stage | null {
    const top = this.series?.coordinateToPrice(0);
    const bottom = this.series?.coordinateToPrice(height);
    if (top === null || top === undefined || bottom === null || bottom === undefined || top === bottom) return null;
    const perPoint = height / (bottom - top);
    return { width, height, perPoint, zeroY: -top * perPoint };
  }
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
function drawBar(context: CanvasRenderingContext2D, { kind, x, y, width, height }: Bar, colours: Colours) {
  const { colour, fill, edge } = BAR_LOOKS[kind];
  context.fillStyle = context.strokeStyle = colours[colour];
  context.globalAlpha = fill;
  context.fillRect(x, y, width, height);
  if (edge === 0) return;
  context.globalAlpha = edge;
  context.lineWidth = 1;
  const [left, top] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
  context.strokeRect(left, top, Math.max(1, width), Math.max(1, Math.round(height) - 1));
}

const LABEL_ROOM_PX = 14;
const FONT = "500 10px 'Inter', system-ui, sans-serif";

function drawStructures(context: CanvasRenderingContext2D, { volume_nodes, volume_wells, crevasses }: NonNullable<Overlay['structures']>, stage: Stage, colours: Colours) {
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
