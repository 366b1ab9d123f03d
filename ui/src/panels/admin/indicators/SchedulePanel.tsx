import { useState } from 'react';
import { sendJson } from '../../../api/client';
import { Button } from '../../../kit/Button';
import { TextField } from '../../../kit/Field';
import { Panel } from '../../../kit/Panel';
import type { Answer, EconEvent, EconSchedule } from '../../../wire';
import { Refusal } from '../Refusal';
import { day } from '../times';
import type { Asked } from '../useAsked';
import { fieldText, useSend } from '../useSend';
import { verdictWords } from '../words';
import css from './IndicatorsTab.module.css';
import { INDICATORS } from './paths';
import { daysOf, windowDays } from './schedule';
import { TierMark } from './TierMark';
import { indicatorWords } from './words';

const text = indicatorWords.schedule;

/** The releases of the coming days, as everybody gets them, and the way to make them anew. */
export function SchedulePanel({ schedule, className }: { schedule: Asked<EconSchedule>; className: string | undefined }) {
  const { value } = schedule;
  return (
    <div className={className}>
      <Panel title={text.title} state={schedule.state} asOf={schedule.ts} empty={text.empty} onRetry={schedule.reload}>
        {value && <Days schedule={value} />}
      </Panel>
      <Rebuild days={value ? windowDays(value) : 14} onMade={schedule.reload} />
    </div>
  );
}

function Days({ schedule }: { schedule: EconSchedule }) {
  const days = daysOf(schedule);
  return (
    <div className={css.days} role="region" aria-label={text.caption} tabIndex={0}>
      <p className={css.window}>{text.window(day(schedule.window_start), day(schedule.window_end), schedule.indicator_count)}</p>
      {days.length === 0 && <p className={css.window}>{text.noDays}</p>}
      {days.map(({ date, label, events }) => (
        <section key={date}>
          <h3>{label}</h3>
          <ul>{events.map((event) => <li key={event.indicator_key}><Event event={event} /></li>)}</ul>
        </section>
      ))}
    </div>
  );
}

function Event({ event: { name, time_et: time, rating, result } }: { event: EconEvent }) {
  return (
    <>
      <span className={css.when}>{time === null ? text.noTime : `${time} ET`}</span>
      <span>{name}</span>
      <TierMark rating={rating} />
      {result && <span className={css.result}><b>{result.actual}</b>{result.expected !== null && `, ${text.against(result.expected)}`}: {verdictWords[result.status]}</span>}
    </>
  );
}

function Rebuild({ days, onMade }: { days: number; onMade: () => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [made, setMade] = useState<number | null>(null);
  const { send, failure, blocked, forget } = useSend();
  const shown = typed ?? String(days);
  const count = /^\d{1,2}$/.test(shown.trim()) ? Number(shown) : NaN;
  const isRight = count >= 1 && count <= 60;
  const refused = failure?.field === 'window_days' ? fieldText(failure.message) : null;
  const rebuild = async () => {
    if (!isRight) return;
    const isDone = await send(async () => {
      await sendJson<Answer<EconSchedule>>('POST', `${INDICATORS}/build-rolling`, { window_days: count });
    });
    if (!isDone) return;
    setMade(count);
    onMade();
  };
  return (
    <form className={css.rebuild} noValidate onSubmit={(event) => {
      event.preventDefault();
      void rebuild();
    }}>
      <TextField
        label={text.days}
        hint={text.daysHint}
        error={isRight ? refused : indicatorWords.errors.window}
        value={shown}
        inputMode="numeric"
        onChange={(value) => {
          setTyped(value);
          setMade(null);
          forget();
        }}
      />
      <Button type="submit" blocked={blocked ?? (isRight ? undefined : indicatorWords.errors.window)}>{text.rebuild}</Button>
      <p className={css.made} role="status">{made !== null && text.rebuilt(made)}</p>
      <Refusal failure={failure && failure.field !== 'window_days' ? failure : null} />
    </form>
  );
}
