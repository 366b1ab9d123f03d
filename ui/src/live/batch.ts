/** Shortest time between two flushes: the page is redrawn at most four times a second. */
const MIN_INTERVAL_MS = 250;

/** Collects items and hands them over together, at a frame of the screen, or by timer while the page is hidden. */
export function batch<T>(flush: (items: T[]) => void): (item: T) => void {
  let items: T[] = [];
  let isScheduled = false;
  let flushedMs = -Infinity;

  const run = () => {
    const ready = items;
    items = [];
    isScheduled = false;
    flushedMs = performance.now();
    flush(ready);
  };

  return (item) => {
    items.push(item);
    if (isScheduled) return;
    isScheduled = true;
    const waitMs = Math.max(0, flushedMs + MIN_INTERVAL_MS - performance.now());
    // A hidden page gets no frames of the screen; without the timer its items would pile up.
    setTimeout(() => (document.hidden ? run() : requestAnimationFrame(run)), waitMs);
  };
}
