import { createContext } from 'react';
import type { PanelId } from './layout';

/** The slot a panel lies in; null outside of the workspace. */
export interface Frame {
  id: PanelId;
  isCollapsed: boolean;
  isMaximised: boolean;
  /** Lies in a column and can be moved and maximised. */
  isMovable: boolean;
}

export const FrameContext = createContext<Frame | null>(null);
