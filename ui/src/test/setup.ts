import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';
import { EMPTY } from '../live/state';
import { useLive } from '../live/store';

afterEach(() => {
  cleanup();
  useLive.setState(EMPTY, true);
  localStorage.clear();
});
