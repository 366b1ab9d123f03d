import { type RefObject, useLayoutEffect, useState } from 'react';

const FIRST = { width: 640, height: 300 };

/** Size of an element in whole pixels, as it changes. */
export function useSize(box: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState(FIRST);
  useLayoutEffect(() => {
    const held = box.current;
    if (!held) return;
    const measure = () => {
      const [width, height] = [Math.floor(held.clientWidth), Math.floor(held.clientHeight)];
      if (width > 0 && height > 0) setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(held);
    return () => observer.disconnect();
  }, [box]);
  return size;
}
