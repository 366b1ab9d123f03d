/** Shortest time between two flushes: the page is redrawn at most four times a second. */
const MIN_INTERVAL_MS = 250;

export interface Batch<T> {
  put: (item: T) => void;
  /** Gives at once what there is. */
  flush: () => void;
}

/** Collects items and gives them to `hand` together, at a frame of the screen, or by timer while the page is hidden. */
export function batch<T>(hand: (items: T[]) => void): Batch<T> {
  let items: T[] = [];
  let isScheduled = false;
  let flushedMs = -Infinity;

  const flush = () => {
    if (items.length === 0) return;
    const ready = items;
    items = [];
    flushedMs = performance.now();
    hand(ready);
  };
  const run = () => {
    isScheduled = false;
    flush();
  };

  const put = (item: T) => {
    items.push(item);
    if (isScheduled) return;
    isScheduled = true;
    const waitMs = Math.max(0, flushedMs + MIN_INTERVAL_MS - performance.now());
    // A hidden page gets no frames of the screen; without the timer its items would pile up.
    setTimeout(() => (document.hidden ? run() : requestAnimationFrame(run)), waitMs);
  };
  return { put, flush };
}
