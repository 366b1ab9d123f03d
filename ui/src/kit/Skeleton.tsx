import type { ReactNode } from 'react';
import css from './Skeleton.module.css';
import { words } from './words';

/** Grey blocks in the place of what is to come. They show after 150 ms, so that quick answers do not flicker. */
export function Skeleton({ children }: { children?: ReactNode }) {
  return (
    <div className={css.skeleton} role="status">
      <span className="sr-only">{words.panel.loading}</span>
      {children ?? <div className={css.fill} />}
    </div>
  );
}

export function SkeletonBlock({ height }: { height: number }) {
  return <div className={css.block} style={{ height }} />;
}
