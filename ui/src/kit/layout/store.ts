import { create } from 'zustand';
import { type Columns, dropped, FIRST_LAYOUT, type Layout, moved, type PanelId, type Place, placeOf, validLayout, type Way, type WidthClass } from './layout';
import { layoutWords } from './words';

export interface Arrangement {
  layout: Layout;
  width: WidthClass;
  /** Panels that the page has. */
  shown: PanelId[];
  maximised: PanelId | null;
  /** The panel being dragged and where it would be put. */
  drag: { id: PanelId; to: Place | null } | null;
  /** The last change in words, for those who do not see it. */
  said: string;
}

const PLACE = 'ms:layout';

export const useArrangement = create<Arrangement>(() => ({ layout: kept(), width: 'wide', shown: [], maximised: null, drag: null, said: '' }));

function kept(): Layout {
  try {
    return validLayout(JSON.parse(localStorage.getItem(PLACE) ?? 'null'));
  } catch {
    return FIRST_LAYOUT;
  }
}

function keep(layout: Layout, said: string) {
  useArrangement.setState({ layout, said });
  try {
    localStorage.setItem(PLACE, JSON.stringify(layout));
  } catch {
    // A browser that keeps nothing still works; the layout lasts until the page is left.
  }
}

/** The columns of the present width; a narrow window has none. */
export function columnsNow({ layout, width }: Pick<Arrangement, 'layout' | 'width'>): Columns {
  return width === 'narrow' ? [] : layout[width];
}

function putColumns(columns: Columns, id: PanelId) {
  const { layout, width, shown } = useArrangement.getState();
  const place = placeOf(columns, id);
  if (width === 'narrow' || !place) return;
  const mates = (columns[place.column] ?? []).filter((each) => shown.includes(each));
  keep({ ...layout, [width]: columns }, layoutWords.movedTo(layoutWords.names[id], place.column + 1, mates.indexOf(id) + 1, mates.length));
}

export function movePanel(id: PanelId, way: Way) {
  const arrangement = useArrangement.getState();
  const before = columnsNow(arrangement);
  const after = moved(before, id, way, (each) => arrangement.shown.includes(each));
  if (after === before) useArrangement.setState({ said: layoutWords.cannot(layoutWords.names[id]) });
  else putColumns(after, id);
}

export function canMove(arrangement: Arrangement, id: PanelId, way: Way): boolean {
  const columns = columnsNow(arrangement);
  return moved(columns, id, way, (each) => arrangement.shown.includes(each)) !== columns;
}

export function dragPanel(id: PanelId, to: Place | null) {
  useArrangement.setState({ drag: { id, to } });
}

/** Ends a drag; what was let go stays there unless it was called off. */
export function endDrag(isKept: boolean) {
  const { drag, layout, width } = useArrangement.getState();
  useArrangement.setState({ drag: null });
  if (!isKept || !drag?.to) return;
  const before = columnsNow({ layout, width });
  const after = dropped(before, drag.id, drag.to);
  if (after !== before) putColumns(after, drag.id);
}

export function setCollapsed(id: PanelId, isCollapsed: boolean) {
  const { layout, maximised } = useArrangement.getState();
  if (layout.collapsed.includes(id) === isCollapsed) return;
  const others = layout.collapsed.filter((each) => each !== id);
  const name = layoutWords.names[id];
  if (isCollapsed && maximised === id) useArrangement.setState({ maximised: null });
  keep({ ...layout, collapsed: isCollapsed ? [...others, id] : others }, isCollapsed ? layoutWords.collapsed(name) : layoutWords.expanded(name));
}

export function setMaximised(id: PanelId | null) {
  if (useArrangement.getState().maximised === id) return;
  if (id) setCollapsed(id, false);
  useArrangement.setState({ maximised: id, said: id ? layoutWords.maximised(layoutWords.names[id]) : layoutWords.restored });
}

/** Makes sure that `id` can be seen. */
export function reveal(id: PanelId) {
  const { maximised } = useArrangement.getState();
  setCollapsed(id, false);
  if (maximised !== null && maximised !== id) setMaximised(null);
}

export function resetLayout() {
  keep(FIRST_LAYOUT, layoutWords.wasReset);
  useArrangement.setState({ maximised: null });
}
