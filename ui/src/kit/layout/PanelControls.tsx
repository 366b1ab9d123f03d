import clsx from 'clsx';
import { ChevronIcon, GripIcon, RestoreIcon } from '../icons';
import type { Frame } from './frame';
import css from './PanelControls.module.css';
import { PanelMenu } from './PanelMenu';
import { setCollapsed, setMaximised } from './store';
import { layoutWords } from './words';

/** At the right of a panel's head: fold it, and arrange it. */
export function PanelControls({ frame, title }: { frame: Frame; title: string }) {
  const { id, isCollapsed, isMaximised, isMovable } = frame;
  return (
    <div className={css.controls}>
      {isMaximised ? (
        <button type="button" className={css.button} title={layoutWords.restore} aria-label={layoutWords.restoreTitle(title)} onClick={() => setMaximised(null)}>
          <RestoreIcon />
        </button>
      ) : (
        <button
          type="button" className={css.button} aria-expanded={!isCollapsed} title={isCollapsed ? layoutWords.expandItem : layoutWords.collapseItem}
          aria-label={isCollapsed ? layoutWords.expand(title) : layoutWords.collapse(title)} onClick={() => setCollapsed(id, !isCollapsed)}
        >
          <ChevronIcon way={isCollapsed ? 'right' : 'down'} />
        </button>
      )}
      {isMovable && <PanelMenu frame={frame} title={title} className={clsx(css.button, css.grip)}><GripIcon /></PanelMenu>}
    </div>
  );
}
