import type { ReactNode } from 'react';
import { BrandMark } from '../kit/icons';
import { words } from '../kit/words';
import css from './Card.module.css';

/** A page of one thing, outside of the workspace. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={css.page}>
      <main className={css.card}>
        <p className={css.brand}><BrandMark />{words.brand}</p>
        <h1 className={css.title}>{title}</h1>
        {children}
      </main>
    </div>
  );
}
