import clsx from 'clsx';
import type { ComponentProps } from 'react';
import css from './Button.module.css';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled' | 'className'> {
  look?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** Why it cannot be pressed now; undefined means it can. */
  blocked?: string | undefined;
}

/** What does something when it is pressed. */
export function Button({ look = 'plain', blocked, type = 'button', title, ...rest }: ButtonProps) {
  return <button {...rest} type={type} className={clsx(css.button, look !== 'plain' && css[look])} disabled={blocked !== undefined} title={blocked ?? title} />;
}
