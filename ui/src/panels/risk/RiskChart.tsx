import { type KeyboardEvent, type Ref, type RefObject, useId, useMemo, useRef } from 'react';
import { price as priceText } from '../../kit/format';
import type { Fly, Grip } from '../../kit/risk/fly';
import { type Range, valueAt } from '../../kit/risk/grid';
import type { RiskPicture } from '../../kit/risk/picture';
import { Axes } from './Axes';
import type { Backdrop } from './backdrop';
import { BackdropLayer } from './BackdropLayer';
import { signedMoney } from './facts';
import { type GripPlace, gripPlaces } from './grips';
import { Levels } from './Levels';
import { Lines, type LinesProps } from './Lines';
import { Marks } from './Marks';
import css from './RiskChart.module.css';
import { RiskKey } from './RiskKey';
import { moneyRange, PAD, panned, priceAt, type Stage, zoomed } from './scale';
import { usePointing } from './usePointing';
import { useSize } from './useSize';
import { riskWords } from './words';

export interface RiskChartProps {
  picture: RiskPicture;
  view: Range;
  onView: (view: Range | null) => void;
  /** Says whether it took the key. */
  onKey: (event: KeyboardEvent) => boolean;
  one: LinesProps['one'];
  backdrop: Backdrop;
  opacity: number;
  /** The butterfly that is moved, where it is of this graph's symbol. */
  fly: Fly | null;
  onDrag: (grip: Grip, price: number, isAlone: boolean) => void;
  onGrab: (isGrabbed: boolean) => void;
  isWhatIf: boolean;
  sentence: string;
  keys: string;
  stageRef: Ref<HTMLDivElement>;
  svgRef: RefObject<SVGSVGElement | null>;
}

const PAN = 0.1;
const NO_PLACES: GripPlace[] = [];

/** The graph: body and wings are drawn by the mouse, everything else pans; wheel or plus and minus zoom, 0 fits. */
export function RiskChart({ picture, view, onView, onKey, one, backdrop, opacity, fly, onDrag, onGrab, isWhatIf, sentence, keys, stageRef, svgRef }: RiskChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const id = useId();
  const { range, xs, expiry, today } = picture;
  const money = useMemo(() => moneyRange(xs, one ? [expiry, today, one.drawn.expiry, one.drawn.today] : [expiry, today], view), [xs, expiry, today, one, view]);
  const [low, high] = money;
  const stage = useMemo<Stage>(() => ({ width, height, view, money: [low, high] }), [width, height, view, low, high]);
  const places = useMemo(() => (fly ? gripPlaces(fly, { xs, expiry }) : NO_PLACES), [fly, xs, expiry]);
  const { pointed, grip, handlers } = usePointing({ box, stage, range, places, onView, onDrag, onGrab });

  const onKeyDown = (event: KeyboardEvent) => {
    if (onKey(event)) return event.preventDefault();
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = viewAfter(event.key, view, picture.spot, range);
    if (next === undefined) return;
    event.preventDefault();
    onView(next);
  };
  return (
    <div ref={stageRef} className={css.stage} role="application" aria-label={riskWords.title} aria-describedby={`${id} ${id}-keys`} tabIndex={0} onKeyDown={onKeyDown}>
      <p id={`${id}-keys`} className="sr-only">{keys}</p>
      <RiskKey backdrop={backdrop} isWhatIf={isWhatIf} />
      <div ref={box} className={css.canvas} data-over={grip ?? undefined} {...handlers}>
        <svg ref={svgRef} className={css.svg} width={width} height={height} role="img" aria-labelledby={id}>
          <title id={id}>{sentence}</title>
          <BackdropLayer backdrop={backdrop} stage={stage} opacity={opacity} />
          <Axes stage={stage} />
          <Levels backdrop={backdrop} stage={stage} spot={picture.spot} spotThen={isWhatIf && picture.spotThen !== picture.spot ? picture.spotThen : null} />
          <Lines picture={picture} stage={stage} one={one} isWhatIf={isWhatIf} />
          <Marks picture={picture} stage={stage} places={places} />
          {pointed !== null && <line className={css.cross} x1={pointed} x2={pointed} y1={PAD.top} y2={height - PAD.bottom} />}
        </svg>
        {pointed !== null && <Readout picture={picture} at={priceAt(stage, pointed)} x={pointed} width={width} isWhatIf={isWhatIf} />}
      </div>
    </div>
  );
}

/** The view after a key; null fits, undefined is no key of the graph. */
function viewAfter(key: string, view: Range, centre: number, range: Range): Range | null | undefined {
  const middle = centre > view[0] && centre < view[1] ? centre : (view[0] + view[1]) / 2;
  switch (key) {
    case 'ArrowLeft':
      return panned(view, -PAN, range);
    case 'ArrowRight':
      return panned(view, PAN, range);
    case '+':
    case '=':
      return zoomed(view, 1, middle, range);
    case '-':
      return zoomed(view, -1, middle, range);
    case '0':
      return null;
    default:
      return undefined;
  }
}

/** What the lines say where the pointer is, on the side that has room. */
function Readout({ picture, at, x, width, isWhatIf }: { picture: RiskPicture; at: number; x: number; width: number; isWhatIf: boolean }) {
  const { xs, expiry, today } = picture;
  const isRight = x < width / 2;
  return (
    <dl className={css.readout} style={isRight ? { left: x + 10 } : { right: width - x + 10 }} aria-hidden="true">
      <dt>{priceText(at)}</dt><dd />
      <dt>{riskWords.expiry}</dt><dd>{signedMoney(valueAt(xs, expiry, at))}</dd>
      <dt>{isWhatIf ? riskWords.whatIfLine : riskWords.now}</dt><dd>{signedMoney(valueAt(xs, today, at))}</dd>
    </dl>
  );
}
