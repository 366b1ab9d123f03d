import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../../kit/Button';
import { ticker } from '../../kit/format';
import { PlusIcon } from '../../kit/icons';
import { Panel } from '../../kit/Panel';
import { askForNew, openPositions, reloadPositions, takeNewWish, usePositions } from '../../kit/positions';
import { type RiskLook, setRisk, usePrefs } from '../../kit/prefs';
import type { Range } from '../../kit/risk/grid';
import { Segmented } from '../../kit/Segmented';
import { type PanelState, STALE_AFTER_SEC } from '../../live/freshness';
import { gatedState, useFeature } from '../../live/gates';
import { usePanelState } from '../../live/hooks';
import { useSession } from '../../live/session';
import { useHeatmaps, usePrices } from '../../live/stores';
import { Editor } from './Editor';
import { RiskBody } from './RiskBody';
import css from './RiskPanel.module.css';
import { type RiskHandle, RiskTools } from './RiskTools';
import { UndoBar } from './UndoBar';
import { useMarket } from './useMarket';
import { riskWords } from './words';

/** Who has no number of their own shares the demo user's positions. */
const DEMO = 'demo';
const PRICES = (['theory', 'market'] as const).map((value) => ({ value, text: riskWords.prices[value] }));

/** What the positions win and lose by price, at expiry and now. */
export function RiskPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const userId = useSession(({ me }) => String(me?.uid ?? DEMO));
  const gate = useFeature('risk_graph_max_strategies');
  const positions = usePositions((held) => held.all);
  const [editedId, setEdited] = useState<string | null>(null);
  const [isTable, setTable] = useState(false);
  const [chosen, setChosen] = useState<{ symbol: string; view: Range } | null>(null);
  const handle = useRef<RiskHandle>(null);
  const look = usePrefs((prefs) => prefs.risk);
  const market = useMarket([...new Set([symbol, ...positions.map((each) => each.symbol)])].join(' '));
  const bookTs = useHeatmaps((books) => books[symbol]?.ts ?? null);
  const ts = usePrices((prices) => prices.spots[symbol]?.ts) ?? bookTs;
  const state = gatedState(gate, useRiskState(ts));
  const isShut = state.kind === 'gated' || state.kind === 'loading' || state.kind === 'error';
  const hasGraph = positions.length > 0 && !isShut && state.kind !== 'empty';
  const blocked = gate.limit !== null && positions.length >= gate.limit ? riskWords.limit(gate.limit) : undefined;
  const isNew = useAskedForNew(state.kind !== 'loading', isShut, blocked);
  const view = chosen?.symbol === symbol ? chosen.view : null;

  useEffect(() => (gate.isOpen ? openPositions(userId) : undefined), [userId, gate.isOpen]);

  const close = () => {
    setEdited(null);
    takeNewWish();
  };
  return (
    <div className={css.root} onKeyDown={onKeyDown} role="presentation">
      <Panel
        title={riskWords.title}
        className={className}
        state={state}
        asOf={positions.length > 0 ? ts : null}
        empty={positions.length > 0 ? riskWords.noPrice(ticker(symbol)) : riskWords.empty}
        onRetry={() => void reloadPositions()}
        note={hasGraph && <Segmented<RiskLook['price']> label={riskWords.price} options={PRICES} value={look.price} onChange={(price) => setRisk({ price })} />}
        actions={!isShut && (
          <>
            {hasGraph && <RiskTools look={look} isTable={isTable} onTable={setTable} isFit={view === null} onFit={() => setChosen(null)} handle={handle} />}
            <Button look="quiet" title={riskWords.addHint} blocked={blocked} onClick={askForNew}><PlusIcon /><span className={css.addText}>{riskWords.add}</span></Button>
          </>
        )}
      >
        <RiskBody
          key={symbol} symbol={symbol} market={market} isTable={isTable} chosenView={view} onView={(next) => setChosen(next && { symbol, view: next })} onEdit={setEdited} handle={handle}
        />
      </Panel>
      <UndoBar />
      {(isNew || editedId !== null) && (
        <Editor key={editedId} position={positions.find((each) => each.id === editedId) ?? null} symbol={symbol} market={market} price={look.price} onClose={close} />
      )}
    </div>
  );
}

/** Whether a new position is asked for; a wish waits until it is known that it can be met, and is forgotten when it cannot. */
function useAskedForNew(isKnown: boolean, isShut: boolean, blocked: string | undefined): boolean {
  const isAsked = usePositions(({ newWish, newTaken }) => newWish !== newTaken);
  useEffect(() => {
    if (!isAsked || !isKnown || (!isShut && blocked === undefined)) return;
    takeNewWish();
    if (blocked !== undefined) usePositions.setState({ refusal: { code: 'limit_reached', message: blocked, requestId: null } });
  }, [isAsked, isKnown, isShut, blocked]);
  return isAsked && isKnown && !isShut && blocked === undefined;
}

/** The positions must be known before their market matters. */
function useRiskState(ts: number | null): PanelState {
  const status = usePositions((held) => held.status);
  const failure = usePositions((held) => held.failure);
  const count = usePositions((held) => held.all.length);
  const market = usePanelState({ ts, limitSec: STALE_AFTER_SEC.quote, isMarketBound: true });
  if (failure?.code === 'feature_gated') return { kind: 'gated', failure };
  if (failure && count === 0) return { kind: 'error', failure };
  if (status === 'idle' || status === 'loading') return { kind: 'loading' };
  return count === 0 ? { kind: 'empty' } : market;
}

/** The panel's own key, also where keys of the whole page are switched off. */
function onKeyDown(event: KeyboardEvent) {
  const isTyping = event.target instanceof Element && event.target.closest('input:not([type="range"]), select, textarea, dialog') !== null;
  if (event.key !== 'n' || isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  askForNew();
}
