import clsx from 'clsx';
import { type CSSProperties, type ReactNode, useMemo } from 'react';
import css from './ColumnSet.module.css';
import { FrameContext } from './frame';
import type { Columns, PanelId } from './layout';
import { columnsNow, useArrangement } from './store';

/** Height at first in pixels, and how much of what is left over a panel takes. */
const SIZES: Record<PanelId, { basis: number; grow: number }> = {
  chart: { basis: 360, grow: 3 },
  risk: { basis: 348, grow: 2 },
  heatmap: { basis: 480, grow: 3 },
  gravity: { basis: 376, grow: 0 },
  prices: { basis: 300, grow: 1 },
  log: { basis: 208, grow: 0 },
  fleet: { basis: 208, grow: 0 },
  regime: { basis: 62, grow: 0 },
};

/** The panels in their columns. A column without a panel takes no room, except while one is dragged. */
export function ColumnSet({ panels }: { panels: Partial<Record<PanelId, ReactNode>> }) {
  const layout = useArrangement((now) => now.layout);
  const width = useArrangement((now) => now.width);
  const maximised = useArrangement((now) => now.maximised);
  const drag = useArrangement((now) => now.drag);
  const columns = columnsNow({ layout, width });
  const tracks = useMemo(() => tracksOf(columns, panels, drag !== null), [columns, panels, drag]);

  return (
    <div className={clsx(css.columns, css[width], maximised && css.one)} style={{ '--tracks': tracks } as CSSProperties} data-dragging={drag?.id}>
      {columns.map((ids, column) => {
        const shown = ids.filter((id) => panels[id] !== undefined);
        const isTarget = drag?.to?.column === column;
        const isHidden = (shown.length === 0 && !drag) || (maximised !== null && !shown.includes(maximised));
        return (
          <div key={PLACES[column]} className={clsx(css.column, isHidden && css.away, isTarget && css.target)} data-column={column}>
            {shown.map((id) => (
              <Slot key={id} id={id} isBefore={isTarget && drag.to?.index === ids.indexOf(id)} isAway={maximised !== null && maximised !== id}>
                {panels[id]}
              </Slot>
            ))}
            {isTarget && (drag.to?.index ?? 0) >= ids.length && <div className={css.end} aria-hidden="true" />}
          </div>
        );
      })}
    </div>
  );
}

const PLACES = ['first', 'second', 'third'];

function tracksOf(columns: Columns, panels: Partial<Record<PanelId, ReactNode>>, isDragging: boolean): string {
  const isEmpty = (ids: PanelId[]) => ids.every((id) => panels[id] === undefined);
  const first = columns.findIndex((ids) => !isEmpty(ids));
  return columns.flatMap((ids, n) => {
    if (isEmpty(ids)) return isDragging ? ['72px'] : [];
    return [n === first ? 'minmax(0, 1fr)' : `var(--track-${n})`];
  }).join(' ');
}

interface SlotProps {
  id: PanelId;
  isBefore: boolean;
  isAway: boolean;
  children: ReactNode;
}

function Slot({ id, isBefore, isAway, children }: SlotProps) {
  const isCollapsed = useArrangement((now) => now.layout.collapsed.includes(id));
  const isMaximised = useArrangement((now) => now.maximised === id);
  const isDragged = useArrangement((now) => now.drag?.id === id);
  const frame = useMemo(() => ({ id, isCollapsed, isMaximised, isMovable: true }), [id, isCollapsed, isMaximised]);
  const { basis, grow } = SIZES[id];
  const size = { '--basis': `${basis}px`, '--grow': grow } as CSSProperties;
  return (
    <div
      className={clsx(css.slot, isCollapsed && css.folded, isMaximised && css.whole, isAway && css.away, isDragged && css.dragged, isBefore && css.before)}
      style={size} data-slot={id} data-collapsed={isCollapsed || undefined} data-maximised={isMaximised || undefined}
    >
      <FrameContext value={frame}>{children}</FrameContext>
    </div>
  );
}
