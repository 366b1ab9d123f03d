import clsx from 'clsx';
import type { ReactNode } from 'react';
import css from './MenuLine.module.css';

interface MenuLineProps {
  text: string;
  detail?: string | undefined;
  /** Belongs to the line above. */
  isSub?: boolean;
  children: ReactNode;
}

/** A line of a popover: what it is about, a word of help, and one control, whose label it is. */
export function MenuLine({ text, detail, isSub = false, children }: MenuLineProps) {
  return <label className={clsx(css.line, isSub && css.sub)}><Name text={text} detail={detail} />{children}</label>;
}

/** The same for several controls, which have labels of their own. */
export function MenuGroup({ text, detail, isSub = false, children }: MenuLineProps) {
  return <div className={clsx(css.line, isSub && css.sub)}><Name text={text} detail={detail} />{children}</div>;
}

function Name({ text, detail }: { text: string; detail: string | undefined }) {
  return <span className={css.name}>{text}{detail && <small>{detail}</small>}</span>;
}

/** On or off, at once. */
export function MenuSwitch({ text, detail, isOn, onChange }: { text: string; detail?: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <MenuLine text={text} detail={detail}>
      <input type="checkbox" role="switch" aria-checked={isOn} className={css.switch} checked={isOn} onChange={(event) => onChange(event.target.checked)} />
    </MenuLine>
  );
}

interface MenuRangeProps {
  text: string;
  detail?: string;
  isSub?: boolean;
  min: number;
  max: number;
  value: number;
  /** The value as it is shown. */
  shown: string;
  onChange: (value: number) => void;
}

/** A number between two others, in steps of five. */
export function MenuRange({ text, detail, isSub = false, shown, onChange, ...range }: MenuRangeProps) {
  return (
    <MenuLine text={text} detail={detail} isSub={isSub}>
      <input type="range" step={5} className={css.range} {...range} onChange={(event) => onChange(Number(event.target.value))} />
      <output className={css.value}>{shown}</output>
    </MenuLine>
  );
}
