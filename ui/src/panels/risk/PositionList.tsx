import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import type { Position } from '../../api/positions';
import { direction, money, price, ticker } from '../../kit/format';
import { DownIcon, EyeIcon, EyeOffIcon, PencilIcon, CopyIcon, TrashIcon, UpIcon } from '../../kit/icons';
import { duplicatePosition, removePosition, selectPosition, SERIES_COLOURS, shiftPosition, updatePosition } from '../../kit/positions';
import { daysTo } from '../../kit/risk/expiration';
import { firstExpiration } from '../../kit/risk/model';
import { notation, unitsOf } from '../../kit/risk/legs';
import type { Drawn } from '../../kit/risk/picture';
import { seriesStyle } from './colours';
import { isExpired, nameOf, signedMoney } from './facts';
import css from './PositionList.module.css';
import { riskWords } from './words';

export interface PositionListProps {
  positions: readonly Position[];
  selectedId: string | null;
  drawn: readonly Drawn[];
  symbol: string;
  nowSec: number;
  onEdit: (id: string) => void;
  /** The position whose own lines should show; null for none. */
  onPoint: (id: string | null) => void;
}

const { list: words } = riskWords;

/** Every position with what it costs and is worth; keys work on the row that has the focus. */
export function PositionList({ positions, selectedId, drawn, symbol, nowSec, onEdit, onPoint }: PositionListProps) {
  const box = useRef<HTMLUListElement>(null);
  const id = useId();
  const focusAt = (place: number) => box.current?.querySelectorAll<HTMLElement>('[data-row]')[place]?.focus();
  const entry = positions.find((each) => each.id === selectedId)?.id ?? positions[0]?.id;

  const onKeyDown = (event: KeyboardEvent, position: Position, place: number) => {
    const action = actionOf(event, position, positions.length, place, { onEdit, focusAt });
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  return (
    <section className={css.list} aria-label={words.label}>
      <p id={id} className="sr-only">{words.keys}</p>
      <ul ref={box} className={css.rows} aria-describedby={id}>
        {positions.map((position, place) => (
          <Row
            key={position.id} position={position} drawn={drawn.find((each) => each.id === position.id)} isSelected={position.id === selectedId} isEntry={position.id === entry}
            foreign={position.symbol === symbol ? null : ticker(position.symbol)} nowSec={nowSec} isFirst={place === 0} isLast={place === positions.length - 1}
            onEdit={onEdit} onPoint={onPoint} onKeyDown={(event) => onKeyDown(event, position, place)}
          />
        ))}
      </ul>
    </section>
  );
}

interface Doers {
  onEdit: (id: string) => void;
  focusAt: (place: number) => void;
}

function actionOf({ key, altKey, ctrlKey, metaKey }: KeyboardEvent, { id, isVisible }: Position, count: number, place: number, { onEdit, focusAt }: Doers): (() => void) | null {
  if (ctrlKey || metaKey) return null;
  const by = key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : null;
  if (by !== null) {
    const next = Math.min(count - 1, Math.max(0, place + by));
    return altKey ? () => void shiftPosition(id, by).then(() => focusAt(next)) : () => focusAt(next);
  }
  if (altKey) return null;
  switch (key) {
    case ' ':
      return () => void updatePosition(id, { isVisible: !isVisible });
    case 'e':
      return () => onEdit(id);
    case 'd':
      return () => void duplicatePosition(id);
    case 'Delete':
      return () => void removePosition(id).then(() => focusAt(Math.min(place, count - 2)));
    default:
      return null;
  }
}

interface RowProps {
  position: Position;
  drawn: Drawn | undefined;
  isSelected: boolean;
  /** Where Tab enters the list. */
  isEntry: boolean;
  /** Its symbol where that is not the graph's. */
  foreign: string | null;
  nowSec: number;
  isFirst: boolean;
  isLast: boolean;
  onEdit: (id: string) => void;
  onPoint: (id: string | null) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function Row({ position, drawn, isSelected, isEntry, foreign, nowSec, isFirst, isLast, onEdit, onPoint, onKeyDown }: RowProps) {
  const { id, legs, cost, colour, isVisible } = position;
  const name = nameOf(position);
  const units = unitsOf(legs);
  const when = isExpired(position, nowSec) ? words.expired : words.dte(daysTo(firstExpiration(legs), nowSec));
  const value = drawn ? drawn.facts.value / (100 * units) : null;
  return (
    <li
      className={css.row} style={seriesStyle(colour)} data-position={id} data-selected={isSelected || undefined} data-hidden={!isVisible || undefined}
      onPointerEnter={() => onPoint(id)} onPointerLeave={() => onPoint(null)}
    >
      <Tool label={isVisible ? words.hide(name) : words.show(name)} isOn={isVisible} onClick={() => void updatePosition(id, { isVisible: !isVisible })}>
        {isVisible ? <EyeIcon /> : <EyeOffIcon />}
      </Tool>
      <Tool label={words.colour(name)} onClick={() => void updatePosition(id, { colour: (colour + 1) % SERIES_COLOURS })}><i className={css.swatch} /></Tool>
      <button
        type="button" className={css.main} data-row aria-pressed={isSelected} tabIndex={isEntry ? 0 : -1} onClick={() => selectPosition(isSelected ? null : id)} onKeyDown={onKeyDown}
        onFocus={() => onPoint(id)} onBlur={() => onPoint(null)}
      >
        <span className={css.name}>{foreign && <em>{foreign}</em>}{name} <small>{notation(legs)}</small></span>
        <b className={css[direction(drawn?.facts.pnl)]}>{isVisible ? (drawn ? signedMoney(drawn.facts.pnl) : words.noPrice) : words.hidden}</b>
        <span className={css.about}>{when} · {words.cost} {price(cost)} · {words.value} {price(value)}{units > 1 && ` · ×${units}`}</span>
        <span className={css.about}>{money(drawn?.facts.value)}</span>
      </button>
      {isSelected && (
        <div className={css.tools} role="group" aria-label={name}>
          <Tool label={words.edit} onClick={() => onEdit(id)}><PencilIcon /></Tool>
          <Tool label={words.duplicate} onClick={() => void duplicatePosition(id)}><CopyIcon /></Tool>
          <Tool label={words.up} isBlocked={isFirst} onClick={() => void shiftPosition(id, -1)}><UpIcon /></Tool>
          <Tool label={words.down} isBlocked={isLast} onClick={() => void shiftPosition(id, 1)}><DownIcon /></Tool>
          <Tool label={words.remove} onClick={() => void removePosition(id)}><TrashIcon /></Tool>
        </div>
      )}
    </li>
  );
}

function Tool({ label, isOn, isBlocked = false, onClick, children }: { label: string; isOn?: boolean; isBlocked?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={css.tool} aria-label={label} title={label} aria-pressed={isOn} disabled={isBlocked} onClick={onClick}>{children}</button>
  );
}
