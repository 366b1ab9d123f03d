import { useId } from 'react';
import { Button } from '../../kit/Button';
import { controlLook } from '../../kit/Field';
import { MINUS, price } from '../../kit/format';
import { withDecimals } from '../../kit/numbers';
import { NO_WHAT_IF, type WhatIf } from '../../kit/risk/model';
import { type Regime, REGIMES } from '../../kit/risk/smile';
import { spanText } from './facts';
import css from './RiskPanel.module.css';
import { riskWords } from './words';

const { whatIf: words } = riskWords;
const SPOT_PCT = 10;
const VOL_POINTS = 20;

export interface WhatIfFormProps {
  value: WhatIf;
  onChange: (value: WhatIf) => void;
  spot: number;
  /** Hours to each expiration, ascending. */
  expiries: readonly number[];
  regimeNow: Regime;
}

export function isWhatIf({ hours, spotPct, volPoints, regime }: WhatIf): boolean {
  return hours !== 0 || spotPct !== 0 || volPoints !== 0 || regime !== null;
}

/** Time, price, volatility and mood as they might be. */
export function WhatIfForm({ value, onChange, spot, expiries, regimeNow }: WhatIfFormProps) {
  const last = Math.max(1, expiries.at(-1) ?? 1);
  const step = last > 72 ? 1 : 0.25;
  const { hours, spotPct, volPoints, regime } = value;
  return (
    <section className={css.whatIf} aria-label={words.title} data-testid="what-if">
      <p className={css.whatIfHead}>
        <b>{words.title}</b>
        {isWhatIf(value) && <span className={css.tag}>{words.badge}</span>}
        <Button look="quiet" blocked={isWhatIf(value) ? undefined : words.now} onClick={() => onChange(NO_WHAT_IF)}>{words.reset}</Button>
      </p>
      <Slider
        label={words.hours} min={0} max={Math.ceil(last / step) * step} step={step} marks={expiries} value={Math.min(hours, Math.ceil(last / step) * step)}
        text={hours === 0 ? words.now : words.forward(spanText(hours))} onChange={(next) => onChange({ ...value, hours: next })}
      />
      <Slider
        label={words.spot} min={-SPOT_PCT} max={SPOT_PCT} step={0.1} marks={[0]} value={spotPct}
        text={spotPct === 0 ? words.now : `${signed(spotPct, withDecimals(Math.abs(spotPct), 1))} % · ${price(spot * (1 + spotPct / 100))}`} onChange={(next) => onChange({ ...value, spotPct: next })}
      />
      <Slider
        label={words.vol} min={-VOL_POINTS} max={VOL_POINTS} step={0.5} marks={[0]} value={volPoints}
        text={volPoints === 0 ? words.now : words.points(signed(volPoints, withDecimals(Math.abs(volPoints), 1)))} onChange={(next) => onChange({ ...value, volPoints: next })}
      />
      <label className={css.slider}>
        <span>{words.regime}</span>
        <select className={controlLook} value={regime ?? ''} onChange={(event) => onChange({ ...value, regime: REGIMES.find((each) => each === event.target.value) ?? null })}>
          <option value="">{words.auto(riskWords.regimes[regimeNow])}</option>
          {REGIMES.map((each) => <option key={each} value={each}>{riskWords.regimes[each]}</option>)}
        </select>
      </label>
    </section>
  );
}

function signed(number: number, text: string): string {
  return `${number > 0 ? '+' : number < 0 ? MINUS : ''}${text}`;
}

interface SliderProps {
  label: string;
  min: number;
  max: number;
  step: number;
  marks: readonly number[];
  value: number;
  text: string;
  onChange: (value: number) => void;
}

function Slider({ label, min, max, step, marks, value, text, onChange }: SliderProps) {
  const id = useId();
  return (
    <label className={css.slider}>
      <span>{label}</span>
      <input type="range" className={css.range} list={id} min={min} max={max} step={step} value={value} aria-valuetext={text} onChange={(event) => onChange(Number(event.target.value))} />
      <datalist id={id}>{marks.map((mark) => <option key={mark} value={mark}>{label}</option>)}</datalist>
      <output>{text}</output>
    </label>
  );
}
