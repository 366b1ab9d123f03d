import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Grip } from '../../kit/risk/fly';
import type { Range } from '../../kit/risk/grid';
import { gripAt, type GripPlace } from './grips';
import { PAD, panned, priceAt, type Stage, zoomed } from './scale';

export interface Pointing {
  box: RefObject<HTMLElement | null>;
  stage: Stage;
  range: Range;
  places: readonly GripPlace[];
  onView: (view: Range | null) => void;
  /** A grip is drawn to a price; a wing goes alone when it should. */
  onDrag: (grip: Grip, price: number, isAlone: boolean) => void;
  onGrab: (isGrabbed: boolean) => void;
}

type Held = { kind: 'pan'; x: number; view: Range } | { kind: 'grip'; grip: Grip; offset: number };

/** What the mouse does on the graph: a grip is drawn, everything else pans; the wheel zooms. */
export function usePointing({ box, stage, range, places, onView, onDrag, onGrab }: Pointing) {
  const held = useRef<Held>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [grip, setGrip] = useState<Grip | null>(null);
  const { width, view } = stage;
  const placeOf = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
    const { left, top } = box.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: clientX - left, y: clientY - top };
  };

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    const { x, y } = placeOf(event);
    const found = gripAt(places, stage, x, y);
    held.current = found ? { kind: 'grip', grip: found.grip, offset: found.price - priceAt(stage, x) } : { kind: 'pan', x, view };
    setGrip(found?.grip ?? null);
    if (found) onGrab(true);
    event.currentTarget.setPointerCapture?.(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const { x, y } = placeOf(event);
    const isHeld = held.current !== null && event.buttons === 1;
    if (isHeld && held.current?.kind === 'grip') {
      const price = Math.min(view[1], Math.max(view[0], priceAt(stage, x)));
      onDrag(held.current.grip, price + held.current.offset, event.shiftKey);
      setPointed(null);
    } else if (isHeld && held.current?.kind === 'pan') {
      onView(panned(held.current.view, (held.current.x - x) / Math.max(1, width - PAD.left - PAD.right), range));
    } else {
      setPointed(x >= PAD.left && x <= width - PAD.right ? x : null);
      setGrip(gripAt(places, stage, x, y)?.grip ?? null);
    }
  };
  const onPointerUp = () => {
    if (held.current?.kind === 'grip') onGrab(false);
    held.current = null;
  };
  const onPointerLeave = () => {
    setPointed(null);
    if (!held.current) setGrip(null);
  };
  useWheel(box, useCallback((way: 1 | -1, x: number) => onView(zoomed(stage.view, way, priceAt(stage, x), range)), [stage, range, onView]));
  return { pointed, grip, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onPointerLeave } };
}

/** The wheel zooms the graph, not the page; React listens to it in a way that cannot say so. */
function useWheel(box: RefObject<HTMLElement | null>, onWheel: (way: 1 | -1, x: number) => void) {
  useEffect(() => {
    const element = box.current;
    const listen = (event: WheelEvent) => {
      if (event.deltaY === 0) return;
      event.preventDefault();
      onWheel(event.deltaY < 0 ? 1 : -1, event.clientX - (element?.getBoundingClientRect().left ?? 0));
    };
    element?.addEventListener('wheel', listen, { passive: false });
    return () => element?.removeEventListener('wheel', listen);
  }, [box, onWheel]);
}
