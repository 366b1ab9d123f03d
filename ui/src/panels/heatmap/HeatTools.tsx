import type { RefObject } from 'react';
import { TargetIcon } from '../../kit/icons';
import { words } from '../../kit/words';
import css from './HeatmapPanel.module.css';
import { ViewMenu } from './ViewMenu';
import { heatWords } from './words';

/** What the head of the panel can do with the plane below it. */
export interface HeatHandle {
  /** Brings the price into view. */
  centre: () => void;
  goCheapest: () => void;
}

export function HeatTools({ handle }: { handle: RefObject<HeatHandle | null> }) {
  return (
    <div className={css.tools}>
      <button type="button" className={css.tool} title={heatWords.cheapestHint} onClick={() => handle.current?.goCheapest()}>{heatWords.cheapest}</button>
      <button type="button" className={css.tool} title={words.heatmap.centreHint} aria-label={words.heatmap.centre} onClick={() => handle.current?.centre()}><TargetIcon /></button>
      <ViewMenu />
    </div>
  );
}
