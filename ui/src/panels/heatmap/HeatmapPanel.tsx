import clsx from 'clsx';
import { useRef, useState } from 'react';
import { percentOf, ticker } from '../../kit/format';
import { Panel } from '../../kit/Panel';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { gatedState, useFeature } from '../../live/gates';
import { usePanelState } from '../../live/hooks';
import { useHeatmap } from '../../live/useModels';
import { Heat } from './Heat';
import css from './HeatmapPanel.module.css';
import { type HeatHandle, HeatTools } from './HeatTools';

/** What each structure costs by strike and width, one expiration at a time. */
export function HeatmapPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const feature = useFeature('heatmap_access');
  const { book, fetched } = useHeatmap(symbol, feature.isOpen);
  const handle = useRef<HeatHandle>(null);
  const [dteWanted, setDte] = useState<number | null>(null);
  const ts = book && book.dtes_available.length > 0 ? book.ts : null;
  const state = usePanelState({ ts, limitSec: STALE_AFTER_SEC.heatmap, isMarketBound: true, failure: fetched.failure, isFetching: fetched.isFetching });
  const dte = book?.dtes_available.find((each) => each === dteWanted) ?? book?.dtes_available[0] ?? 0;
  return (
    <Panel
      title={words.heatmap.title}
      className={clsx(css.panel, className)}
      state={gatedState(feature, state)}
      asOf={ts}
      empty={words.heatmap.empty(ticker(symbol))}
      onRetry={fetched.retry}
      note={book && feature.isOpen && <span className={css.note}>{words.heatmap.iv(percentOf(book.atm_iv[dte]))}</span>}
      actions={ts !== null && feature.isOpen && <HeatTools handle={handle} />}
    >
      {book && <Heat book={book} dte={dte} onDte={setDte} handle={handle} />}
    </Panel>
  );
}
