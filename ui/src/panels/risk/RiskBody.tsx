import { type KeyboardEvent, type Ref, type RefObject, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { price as priceText, ticker } from '../../kit/format';
import { usePositions } from '../../kit/positions';
import { usePrefs } from '../../kit/prefs';
import { daysTo, expirySec } from '../../kit/risk/expiration';
import { legsOfFly } from '../../kit/risk/fly';
import type { Range } from '../../kit/risk/grid';
import { notation } from '../../kit/risk/legs';
import { NO_WHAT_IF, type WhatIf } from '../../kit/risk/model';
import { rewardToRisk } from '../../kit/risk/picture';
import { regimeOf } from '../../kit/risk/smile';
import { saveCsv, savePng } from './exports';
import { expectedMove } from './facts';
import { FlyCard } from './FlyCard';
import { fittingView, riskInput } from './input';
import { PositionList } from './PositionList';
import { RiskChart } from './RiskChart';
import css from './RiskPanel.module.css';
import { RiskTable } from './RiskTable';
import type { RiskHandle } from './RiskTools';
import { steadyView } from './scale';
import { sentenceOf } from './sentence';
import { Summary } from './Summary';
import { useBackdrop } from './useBackdrop';
import { takeFlyKey, useFly } from './useFly';
import type { Market } from './useMarket';
import { useRisk } from './useRisk';
import { isWhatIf, WhatIfForm } from './WhatIfForm';
import { riskWords } from './words';

export interface RiskBodyProps {
  symbol: string;
  market: Market;
  isTable: boolean;
  /** What the user looks at; null shows what fits. */
  chosenView: Range | null;
  onView: (view: Range | null) => void;
  onEdit: (id: string) => void;
  handle: Ref<RiskHandle>;
}

/** The graph with what belongs to it: numbers, the butterfly in hand, positions, what-if. */
export function RiskBody({ symbol, market, isTable, chosenView, onView, onEdit, handle }: RiskBodyProps) {
  const positions = usePositions((held) => held.all);
  const selectedId = usePositions((held) => held.selectedId);
  const look = usePrefs((prefs) => prefs.risk);
  const [whatIf, setWhatIf] = useState<WhatIf>(NO_WHAT_IF);
  const [pointedId, setPointedId] = useState<string | null>(null);
  const [isGrabbed, setGrabbed] = useState(false);
  const [told, setTold] = useState('');
  const svg = useRef<SVGSVGElement>(null);
  const stage = useRef<HTMLDivElement>(null);

  const selected = positions.find((each) => each.id === selectedId) ?? null;
  const focus = useFly(selected, market, look.price);
  const draft = useMemo(
    () => (focus?.isMoved ? { id: focus.position.id, legs: legsOfFly(focus.now.fly), cost: focus.now.cost } : null),
    [focus],
  );
  const input = useMemo(
    () => riskInput({ symbol, market, positions, draft, whatIf, price: look.price, view: chosenView, hasBetween: look.between }),
    [symbol, market, positions, draft, whatIf, look.price, look.between, chosenView],
  );
  const fit = useSteady(useMemo(() => fittingView(input), [input]), isGrabbed);
  const picture = useRisk(useMemo(() => ({ ...input, view: chosenView ?? fit }), [input, chosenView, fit]));
  const view = chosenView ?? fit;
  const backdrop = useBackdrop(symbol, view, look.backdrop > 0);
  const isThen = isWhatIf(whatIf);
  const expiries = useMemo(() => expiriesOf(positions.flatMap(({ legs }) => legs.map(({ expiration }) => expiration)), market.nowSec), [positions, market.nowSec]);
  useWishedFocus(stage, picture !== null && view !== null);
  useImperativeHandle(handle, () => {
    const name = `risk-${ticker(symbol).toLowerCase()}`;
    return { savePng: () => void (svg.current && savePng(svg.current, name)), saveCsv: () => picture && saveCsv(picture, isThen, name) };
  }, [symbol, picture, isThen]);

  const onKey = useCallback((event: KeyboardEvent): boolean => {
    const did = takeFlyKey(event, focus);
    if (did) setTold(did === 'keep' ? riskWords.fly.kept : did === 'restore' ? riskWords.fly.restored : '');
    return did !== null;
  }, [focus]);
  const one = useMemo(() => {
    const drawn = picture?.each.find(({ id }) => id === pointedId);
    const position = positions.find(({ id }) => id === pointedId);
    return drawn && position && (picture?.each.length ?? 0) > 1 ? { drawn, colour: position.colour } : null;
  }, [picture, positions, pointedId]);
  if (!picture || !view) return null;

  const drawnFly = picture.each.find(({ id }) => id === focus?.position.id);
  const flySpot = focus ? (market.spots[focus.position.symbol] ?? null) : null;
  return (
    <div className={css.body}>
      <div className={css.left}>
        {isTable
          ? <RiskTable picture={picture} view={view} isWhatIf={isThen} />
          : (
            <RiskChart
              picture={picture} view={view} onView={onView} onKey={onKey} one={one} backdrop={backdrop} opacity={look.backdrop}
              fly={focus && drawnFly && focus.position.symbol === symbol ? focus.now.fly : null} onDrag={focus?.drag ?? ignore} onGrab={setGrabbed} isWhatIf={isThen}
              sentence={sentenceOf(picture, isThen)} keys={focus ? riskWords.keysFly : riskWords.keys} stageRef={stage} svgRef={svg}
            />
          )}
        <p className="sr-only" role="status" data-testid="fly-told">{told || (focus?.isMoved ? riskWords.fly.told(notation(legsOfFly(focus.now.fly)), priceText(focus.now.cost)) : '')}</p>
      </div>
      <div className={css.side}>
        <Summary facts={picture.total} isWhatIf={isThen} />
        {focus && (
          <FlyCard
            focus={focus} spot={flySpot} r2r={drawnFly ? rewardToRisk(drawnFly.facts) : null}
            move={flySpot === null ? null : expectedMove(flySpot, input.vix, daysTo(focus.now.fly.expiration, market.nowSec))}
          />
        )}
        <PositionList positions={positions} selectedId={selectedId} drawn={picture.each} symbol={symbol} nowSec={market.nowSec} onEdit={onEdit} onPoint={setPointedId} />
        <WhatIfForm value={whatIf} onChange={setWhatIf} spot={picture.spot} expiries={expiries} regimeNow={regimeOf(input.vix + whatIf.volPoints)} />
      </div>
    </div>
  );
}

function ignore() {}

/** What fits, without shaking; nothing moves under a hand that draws. */
function useSteady(fit: Range | null, isHeld: boolean): Range | null {
  const [held, setHeld] = useState(fit);
  const next = isHeld && held ? held : steadyView(held, fit);
  if (next !== held) setHeld(next);
  return next;
}

/** Hours to each expiration that is to come, ascending. */
function expiriesOf(dates: string[], nowSec: number): number[] {
  return [...new Set(dates)].map((date) => (expirySec(date) - nowSec) / 3600).filter((hours) => hours > 0).toSorted((a, b) => a - b);
}

/** The graph takes the keyboard when a tile was put on it, once it can be seen. */
function useWishedFocus(stage: RefObject<HTMLDivElement | null>, isReady: boolean) {
  const wish = usePositions((held) => held.focusWish);
  useEffect(() => {
    if (!isReady || wish === usePositions.getState().focusTaken) return;
    const take = () => {
      stage.current?.focus();
      return stage.current !== null && document.activeElement === stage.current;
    };
    const end = () => usePositions.setState({ focusTaken: wish });
    if (take()) return end();
    // On a narrow screen its tab comes to the front only now.
    const timer = setTimeout(() => {
      take();
      end();
    }, 50);
    return () => clearTimeout(timer);
  }, [wish, stage, isReady]);
}
