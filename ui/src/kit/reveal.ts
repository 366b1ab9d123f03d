import { type RefObject, useEffect } from 'react';

/** For a part that scrolls sideways: the browser leaves a control that is half in view where it is when it gets the focus. */
export function useRevealedFocus(part: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const held = part.current;
    const onFocus = ({ target }: Event) => (target as HTMLElement).scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
    held?.addEventListener('focusin', onFocus);
    return () => held?.removeEventListener('focusin', onFocus);
  }, [part]);
}
