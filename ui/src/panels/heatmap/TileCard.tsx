import { type KeyboardEvent, type Ref, useState } from 'react';
import { Button } from '../../kit/Button';
import { distance, money, NOTHING, price, score, signed, strike as strikeText } from '../../kit/format';
import { CloseIcon } from '../../kit/icons';
import { addFromTile } from '../../kit/positions';
import type { Heat } from '../../kit/prefs';
import { legsOfTile } from '../../kit/risk/legs';
import { writeOrder } from '../../kit/risk/orderText';
import { words } from '../../kit/words';
import type { Side } from '../../live/plane';
import type { Tile } from '../../wire';
import { type CardFacts, factsOf, limitOf } from './card';
import css from './TileCard.module.css';
import { legsOf } from './tiles';
import { heatWords } from './words';

const text = heatWords.card;
/** One contract is for a hundred units. */
const MULTIPLIER = 100;

export interface TileCardProps {
  tile: Tile;
  side: Side;
  spot: number;
  move: number | null;
  price: Heat['price'];
  ref: Ref<HTMLElement>;
  onClose: () => void;
}

/** A tile in full, and what can be done with it. */
export function TileCard({ tile, side, spot, move, price: kind, ref, onClose }: TileCardProps) {
  const facts = factsOf(tile, side, spot, move, kind);
  const name = nameOf(tile, side);
  const about = `${name} ${tile.expiration}`;
  const [said, setSaid] = useState({ about, text: '' });
  const say = (spoken: string) => setSaid({ about, text: spoken });

  const add = async () => {
    if (await addFromTile(tile, side)) say(text.added);
  };
  const copy = async () => {
    const order = writeOrder(tile.symbol, legsOfTile(tile, side), limitOf(tile.symbol, facts.cost));
    if (order === null) return;
    say((await copied(order)) ? text.copied(order) : text.notCopied(order));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <section ref={ref} className={css.card} aria-label={name} data-testid="tile-card" onKeyDown={onKey}>
      <h3 className={css.name}>{name}</h3>
      <dl className={css.facts}>
        {linesOf(facts).map(([label, value, detail]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}{detail && <small>{detail}</small>}</dd>
          </div>
        ))}
      </dl>
      <div className={css.actions}>
        <Button look="primary" blocked={facts.cost === null ? text.noPrice : undefined} onClick={() => void add()}>{text.add}</Button>
        <Button blocked={facts.cost === null ? text.noPrice : undefined} onClick={() => void copy()}>{text.copy}</Button>
        <button type="button" className={css.close} aria-label={text.close} title={text.close} onClick={onClose}><CloseIcon /></button>
      </div>
      <p className={css.said} role="status">{said.about === about ? said.text : ''}</p>
    </section>
  );
}

/** `Butterfly 6,610 / 6,630 / 6,650 call` */
export function nameOf(tile: Tile, side: Side): string {
  return `${words.heatmap.strategies[tile.strategy]} ${legsOf(tile, side).map(strikeText).join(' / ')} ${words.heatmap.sides[side].toLowerCase()}`;
}

function inDollars(points: number | null | undefined): string | undefined {
  return points === null || points === undefined ? undefined : money(points * MULTIPLIER);
}

type Line = [label: string, value: string, detail?: string | undefined];

function linesOf({ theory, market, maxProfit, maxLoss, rewardToRisk, breakEvens, distance: far, moves }: CardFacts): Line[] {
  return [
    [text.theory, price(theory)],
    [text.market, price(market)],
    [text.maxProfit, maxProfit === null ? text.unlimited : price(maxProfit), inDollars(maxProfit)],
    [text.maxLoss, price(maxLoss), inDollars(maxLoss)],
    [text.rewardToRisk, score(rewardToRisk)],
    [text.breakEvens, breakEvens.length > 0 ? breakEvens.map(price).join(' / ') : NOTHING],
    [text.distance, distance(far), moves === null ? undefined : text.moves(signed(moves))],
  ];
}

async function copied(order: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(order);
    return true;
  } catch {
    // Without a secure origin, or without leave, there is no clipboard.
    return false;
  }
}
