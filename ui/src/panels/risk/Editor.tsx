import { useMemo, useState } from 'react';
import type { Position } from '../../api/positions';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { TextField } from '../../kit/Field';
import { price, ticker } from '../../kit/format';
import { addPosition, updatePosition } from '../../kit/positions';
import { marketDate } from '../../kit/risk/expiration';
import { notation, recognise } from '../../kit/risk/legs';
import { type PriceKind, quoteOf, strikeStep } from '../../kit/risk/quotes';
import { Segmented } from '../../kit/Segmented';
import { type Form, formOf, legsSoFar, newForm, read, withLegsOfPick } from './draft';
import css from './Editor.module.css';
import { typeName } from './facts';
import { LegRows } from './LegRows';
import { OrderForm } from './OrderForm';
import { StrategyForm } from './StrategyForm';
import type { Market } from './useMarket';
import { riskWords } from './words';

const { editor: words } = riskWords;
const WAYS = (['strategy', 'legs', 'paste'] as const).map((value) => ({ value, text: words.ways[value] }));

export interface EditorProps {
  /** Null makes a new one. */
  position: Position | null;
  symbol: string;
  market: Market;
  price: PriceKind;
  onClose: () => void;
}

/** Makes or changes a position: by strategy, leg by leg, or from the text of an order. */
export function Editor({ position, symbol, market, price: kind, onClose }: EditorProps) {
  const book = market.books[position?.symbol ?? symbol];
  const [form, setForm] = useState<Form>(() => {
    if (position) return formOf(position);
    const expiration = book?.expirations[String(book.dtes_available[0] ?? 0)] ?? marketDate(market.nowSec);
    return newForm({ symbol, spot: market.spots[symbol] ?? null, expiration, step: strikeStep(book, expiration, 5), width: book?.widths[0] ?? 20 });
  });
  const [isTried, setTried] = useState(false);
  const { ready, faults } = useMemo(() => read(form), [form]);
  const legs = useMemo(() => legsSoFar(form), [form]);
  const quote = legs.length > 0 ? quoteOf(market.books[form.symbol], legs, kind) : null;
  const dates = Object.values(book?.expirations ?? {}).toSorted();
  const change = (part: Partial<Form>) => setForm((held) => ({ ...held, ...part }));
  const shown = isTried ? faults : {};

  const save = async () => {
    setTried(true);
    if (!ready) return;
    onClose();
    await (position ? updatePosition(position.id, { ...ready, symbol: form.symbol }) : addPosition({ ...ready, symbol: form.symbol }));
  };
  return (
    <Dialog
      title={`${position ? words.titleEdit : words.titleNew} · ${ticker(form.symbol)}`} isWide onClose={onClose}
      actions={(
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="primary" onClick={() => void save()}>{position ? words.save : words.create}</Button>
        </>
      )}
    >
      <form
        className={css.form} onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Segmented<Form['way']> label={words.how} options={WAYS} value={form.way} onChange={(way) => setForm((held) => (way === 'strategy' ? withLegsOfPick({ ...held, way }) : { ...held, way }))} />
        {form.way === 'strategy' && <StrategyForm form={form} faults={shown} dates={dates} onChange={(part) => setForm((held) => withLegsOfPick({ ...held, ...part }))} />}
        {form.way === 'legs' && <LegRows form={form} isWrong={shown.legs === true} onChange={change} />}
        {form.way === 'paste' && <OrderForm isWrong={shown.legs === true} onRead={change} />}
        <p className={css.reads} aria-live="polite" data-testid="editor-reads">
          {legs.length > 0 && <><b>{typeName(recognise(legs))}</b> {notation(legs)}</>}
        </p>
        <div className={css.cost}>
          <TextField label={words.cost} hint={words.costHint} error={shown.cost && words.errors.cost} value={form.cost} inputMode="decimal" onChange={(cost) => change({ cost })} />
          {quote && <Button title={words.takeHint} onClick={() => change({ cost: (Math.round(quote.value * 100) / 100).toFixed(2) })}>{words.take(price(quote.value))}</Button>}
          <TextField label={words.label} hint={words.labelHint} error={shown.label && words.errors.label} value={form.label} maxLength={80} onChange={(label) => change({ label })} />
        </div>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}
