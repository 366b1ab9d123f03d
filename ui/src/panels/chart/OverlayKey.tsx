import { strike } from '../../kit/format';
import { words } from '../../kit/words';
import css from './ChartPanel.module.css';
import type { Overlay } from './overlays';

/** What the overlays mean, and the levels as numbers, also those outside of the picture. */
export function OverlayKey({ overlay }: { overlay: Overlay }) {
  const { gex, gexMode, profile, levels } = overlay;
  const [first, second] = gexMode === 'net' ? [words.overlays.above, words.overlays.below] : [words.overlays.calls, words.overlays.puts];
  return (
    <ul className={css.key} data-testid="overlay-key" aria-label={words.overlays.title}>
      {gex && gex.length > 0 && (
        <li className={css.keyItem}>
          <i className={css.solid} aria-hidden="true" />{first}
          <i className={css.hollow} aria-hidden="true" />{second}
        </li>
      )}
      {profile && <li className={css.keyItem}><i className={css.volume} aria-hidden="true" />{words.overlays.volume}</li>}
      {levels.map(({ kind, price }) => (
        <li key={kind} className={css.keyItem} data-level={kind}>
          <i className={css[kind]} aria-hidden="true" />
          {words.levels[kind]} <b>{strike(price)}</b>
        </li>
      ))}
    </ul>
  );
}
