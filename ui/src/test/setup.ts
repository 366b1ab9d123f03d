import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';
import { NOBODY, useSession } from '../live/session';
import { forget } from '../live/stores';

afterEach(() => {
  cleanup();
  forget();
  useSession.setState(NOBODY, true);
  localStorage.clear();
});
