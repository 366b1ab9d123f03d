import { useState } from 'react';
import { AreaField } from '../../kit/Field';
import { type OrderFault, readOrder } from '../../kit/risk/orderText';
import css from './Editor.module.css';
import { type Form, legText } from './draft';
import { riskWords } from './words';

const { editor: words } = riskWords;

/** Reads the text of an order while it is pasted or typed. */
export function OrderForm({ isWrong, onRead }: { isWrong: boolean; onRead: (part: Partial<Form>) => void }) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState<OrderFault | null>(null);
  const take = (next: string) => {
    setText(next);
    const order = readOrder(next);
    const isFault = typeof order === 'string';
    setFault(isFault && next.trim() !== '' ? order : null);
    if (isFault) onRead({ legs: [] });
    else onRead({ symbol: order.symbol, legs: order.legs.map(legText), ...(order.cost === null ? {} : { cost: String(order.cost) }) });
  };
  const error = fault ? words.faults[fault] : isWrong ? words.errors.legs : null;
  return (
    <div className={css.order}>
      <AreaField label={words.order} hint={words.orderHint} error={error} value={text} rows={3} spellCheck={false} autoComplete="off" data-autofocus onChange={take} />
    </div>
  );
}
