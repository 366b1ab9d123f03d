import { useCallback, useRef, useState } from 'react';
import { ApiError } from '../../api/client';
import { words } from '../../kit/words';
import { useIsCut } from '../../live/hooks';
import { demoted } from './useAsked';
import { adminWords } from './words';

export interface Sender {
  isSending: boolean;
  failure: ApiError | null;
  /** Why nothing can be sent now. */
  blocked: string | undefined;
  /** Does `change` once; true when it was accepted. */
  send: (change: () => Promise<void>) => Promise<boolean>;
  forget: () => void;
}

/** Sends one change at a time and keeps why the last one was refused. */
export function useSend(): Sender {
  const [isSending, setIsSending] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const isBusy = useRef(false);
  const isCut = useIsCut();
  const send = useCallback(async (change: () => Promise<void>) => {
    if (isBusy.current) return false;
    isBusy.current = true;
    setIsSending(true);
    setFailure(null);
    try {
      await change();
      return true;
    } catch (error) {
      demoted(error);
      setFailure(error instanceof ApiError ? error : new ApiError('bad_answer', 'The answer could not be read.', 0, null));
      return false;
    } finally {
      isBusy.current = false;
      setIsSending(false);
    }
  }, []);
  const forget = useCallback(() => setFailure(null), []);
  return { isSending, failure, blocked: isCut ? words.needsServer : isSending ? adminWords.saving : undefined, send, forget };
}

/** `expected …` of the gateway's `field: expected …`, as a sentence for the field itself. */
export function fieldText(message: string): string {
  const text = message.replace(/^[\w.]+: /, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
