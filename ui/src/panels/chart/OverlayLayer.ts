import type { IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesApi, ISeriesPrimitive, SeriesAttachedParameter, SeriesType, Time } from 'lightweight-charts';
import { type Colours, coloursNow } from './colours';
import { drawBar, drawLine, drawMove, drawName, drawStructures, FONT, namesOf } from './drawing';
import { gexBars, gexReach, labelPlaces, NO_OVERLAY, type Overlay, profileBars, type Stage } from './overlays';

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
    this.redraw();
  }

  /** Takes the colours of the theme that is on now. */
  recolour() {
    this.colours = coloursNow();
    this.redraw();
  }

  private draw(target: Target) {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const stage = this.stage(mediaSize.width, mediaSize.height);
      if (!stage) return;
      context.save();
      const { profile, look, structures, gex, gexMode, move, positions } = this.overlay;
      if (move) drawMove(context, move, stage, this.colours);
      if (structures) drawStructures(context, structures, stage, this.colours);
      if (profile) profileBars(profile, look, stage).forEach((bar) => drawBar(context, bar, this.colours));
      if (gex) gexBars(gex, gexMode, stage).forEach((bar) => drawBar(context, bar, this.colours));
      for (const line of positions) drawLine(context, line, stage, this.colours);
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
      for (const { items, y } of labelPlaces(namesOf(this.overlay), stage)) drawName(context, items.map(({ text }) => text).join(' · '), right, y, this.colours);
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
