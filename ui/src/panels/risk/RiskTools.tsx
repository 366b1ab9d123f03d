import { type ReactNode, type RefObject, useCallback, useId, useRef, useState } from 'react';
import { Switch } from '../../kit/Field';
import { CaretIcon, LayersIcon, TableIcon } from '../../kit/icons';
import { Popover } from '../../kit/Popover';
import { type RiskLook, setRisk } from '../../kit/prefs';
import css from './RiskPanel.module.css';
import { riskWords } from './words';

/** What the graph does when it is asked from the head of its panel. */
export interface RiskHandle {
  savePng: () => void;
  saveCsv: () => void;
}

export interface RiskToolsProps {
  look: RiskLook;
  isTable: boolean;
  onTable: (isTable: boolean) => void;
  isFit: boolean;
  onFit: () => void;
  handle: RefObject<RiskHandle | null>;
}

/** How much of the graph shows, what shows behind it, and how it is taken along. */
export function RiskTools({ look, isTable, onTable, isFit, onFit, handle }: RiskToolsProps) {
  return (
    <div className={css.tools}>
      <button type="button" className={css.tool} title={riskWords.fitHint} disabled={isFit} onClick={onFit}>{riskWords.fit}</button>
      <Sheet label={riskWords.layers} title={riskWords.layers} icon={<LayersIcon />}>
        <label className={css.opacity} title={riskWords.backdropHint}>
          <span>{riskWords.backdrop}</span>
          <input type="range" className={css.range} min={0} max={100} step={5} value={look.backdrop} aria-valuetext={`${look.backdrop} %`} onChange={(event) => setRisk({ backdrop: Number(event.target.value) })} />
          <output>{look.backdrop} %</output>
        </label>
        <div className={css.opacity}><Switch label={riskWords.between} isOn={look.between} onChange={(between) => setRisk({ between })} /></div>
      </Sheet>
      <button type="button" className={css.tool} title={riskWords.tableHint} aria-label={riskWords.table} aria-pressed={isTable} onClick={() => onTable(!isTable)}><TableIcon /></button>
      <Sheet label={riskWords.export} text={riskWords.export} closesOnClick>
        <button type="button" className={css.item} disabled={isTable} onClick={() => handle.current?.savePng()}>{riskWords.png}</button>
        <button type="button" className={css.item} onClick={() => handle.current?.saveCsv()}>{riskWords.csv}</button>
      </Sheet>
    </div>
  );
}

interface SheetProps {
  label: string;
  title?: string;
  icon?: ReactNode;
  text?: string;
  /** What is chosen in it ends it. */
  closesOnClick?: boolean;
  children: ReactNode;
}

/** A button with a sheet below it. */
function Sheet({ label, title, icon, text, closesOnClick = false, children }: SheetProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = useCallback(() => setOpen(false), []);
  const onClick = () => {
    close();
    button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" className={css.tool} aria-label={text ? undefined : label} title={title} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        {icon}{text}{text && <CaretIcon />}
      </button>
      <Popover id={id} label={label} role="group" anchor={button} isOpen={isOpen} onClose={close}>
        <div onClick={closesOnClick ? onClick : undefined} role="presentation">{children}</div>
      </Popover>
    </>
  );
}
