import { score, strike } from '../../kit/format';
import { CloseIcon } from '../../kit/icons';
import { endJump } from '../../kit/jump';
import { words } from '../../kit/words';
import css from './ChartPanel.module.css';
import type { Overlay } from './overlays';
import { chartWords } from './words';

/** What the overlays mean, and the levels as numbers, also those outside of the picture. */
export function OverlayKey({ overlay, mark }: { overlay: Overlay; mark: number | null }) {
  const { gex, gexMode, profile, look, levels, move } = overlay;
  const [first, second] = gexMode === 'net' ? [words.overlays.above, words.overlays.below] : [words.overlays.calls, words.overlays.puts];
  return (
    <ul className={css.key} data-testid="overlay-key" aria-label={words.overlays.title}>
      {mark !== null && (
        <li className={css.keyItem}>
          <button type="button" className={css.mark} title={chartWords.unmark} onClick={endJump}>{chartWords.marked(strike(mark))}<CloseIcon size={10} /></button>
        </li>
      )}
      {gex && gex.length > 0 && (
        <li className={css.keyItem}>
          <i className={css.solid} aria-hidden="true" />{first}
          <i className={css.hollow} aria-hidden="true" />{second}
        </li>
      )}
      {profile && (
        <li className={css.keyItem}>
          <i className={css.volume} aria-hidden="true" />{words.overlays.volume}
          {look.cap > 0 && <small>{chartWords.cut(look.cap)}</small>}
        </li>
      )}
      {levels.map(({ kind, price }) => (
        <li key={kind} className={css.keyItem} data-level={kind}>
          <i className={css[kind]} aria-hidden="true" />
          {words.levels[kind]} <b>{strike(price)}</b>
        </li>
      ))}
      {move && <li className={css.keyItem} data-level="move"><i className={css.move} aria-hidden="true" />{chartWords.moveKey(score((move.high - move.low) / 2))}</li>}
    </ul>
  );
}
