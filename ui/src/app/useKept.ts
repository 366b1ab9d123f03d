import { useEffect } from 'react';
import { checkSession, loadGates, useSession } from '../live/session';
import { useLine } from '../live/stores';

/** Keeps what is known of the session true: asks when the gateway is back, and reads the gates again when a change may have been missed. */
export function useKept() {
  const isOpen = useLine((line) => line.link.phase === 'open');
  const revision = useLine((line) => line.revision);
  useEffect(() => {
    if (isOpen && useSession.getState().phase === 'away') void checkSession();
  }, [isOpen]);
  useEffect(() => {
    if (revision > 0) void loadGates().catch(() => {});
  }, [revision]);
}
