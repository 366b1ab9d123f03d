import clsx from 'clsx';
import type { Ref, RefObject } from 'react';
import { TableIcon } from '../../kit/icons';
import { words } from '../../kit/words';
import css from './ChartPanel.module.css';
import { type MenuHandle, OverlayMenu } from './OverlayMenu';
import type { ChartHandle } from './PriceChart';

export interface ChartToolsProps {
  isTable: boolean;
  hasBars: boolean;
  onTable: (isTable: boolean) => void;
  handle: RefObject<ChartHandle | null>;
  menu: Ref<MenuHandle>;
  symbol: string;
}

export function ChartTools({ isTable, hasBars, onTable, handle, menu, symbol }: ChartToolsProps) {
  const isOff = isTable || !hasBars;
  return (
    <div className={css.tools}>
      <button type="button" className={css.tool} title={words.chart.todayHint} disabled={isOff} onClick={() => handle.current?.today()}>{words.chart.today}</button>
      <button type="button" className={css.tool} title={words.chart.fitHint} disabled={isOff} onClick={() => handle.current?.fit()}>{words.chart.fit}</button>
      {!isTable && <OverlayMenu symbol={symbol} handle={menu} />}
      <button type="button" className={clsx(css.tool, css.withIcon)} title={words.chart.tableHint} disabled={!hasBars} aria-pressed={isTable} onClick={() => onTable(!isTable)}>
        <TableIcon />
        {words.chart.table}
      </button>
    </div>
  );
}
