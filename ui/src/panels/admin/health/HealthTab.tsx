import { useState } from 'react';
import { Switch } from '../../../kit/Field';
import { AttentionIcon } from '../../../kit/icons';
import { Panel } from '../../../kit/Panel';
import { usePrices, useWatch } from '../../../live/stores';
import type { Diagnostics, Fleet } from '../../../wire';
import { orEmpty, useAsked } from '../useAsked';
import { BusList } from './BusList';
import { newer, troubles } from './health';
import css from './HealthTab.module.css';
import { GlobalTable, SymbolTable } from './ModelTables';
import { ServicesPanel } from './ServicesPanel';
import { healthWords as text } from './words';

const EVERY_MS = 5000;
/** Three answers in a row that did not come. */
const LIMIT_SEC = 15;
/** While nothing is asked again. */
const RESTING_LIMIT_SEC = 180;

/** Whether the machine works: services, buses, models. */
export function HealthTab() {
  const [isRefreshing, setIsRefreshing] = useState(true);
  const everyMs = isRefreshing ? EVERY_MS : null;
  const limitSec = isRefreshing ? LIMIT_SEC : RESTING_LIMIT_SEC;
  const diagnostics = useAsked<Diagnostics>({ path: '/api/admin/diagnostics', everyMs, limitSec });
  const asked = useAsked<Fleet>({ path: '/api/fleet', isWrapped: true, everyMs });
  const streamed = useWatch((watch) => watch.fleet);
  const isClosed = usePrices((prices) => prices.clock?.session === 'closed');
  const fleet = newer(streamed, asked.value);
  const { value, state, ts, reload } = diagnostics;
  const shared = { state, asOf: ts, onRetry: reload };
  return (
    <div className={css.page}>
      <div className={css.bar}>
        <Verdict list={state.kind === 'live' && fleet && value ? troubles(fleet.services, value, isClosed) : null} />
        <Switch label={text.refresh} isOn={isRefreshing} onChange={setIsRefreshing} />
      </div>
      <div className={css.grid}>
        <div className={css.column}>
          <ServicesPanel fleet={fleet} asked={asked} className={css.services} />
          <Panel {...shared} state={orEmpty(state, value?.symbols ? Object.keys(value.symbols).length === 0 : false)} title={text.models} empty={text.modelsEmpty} className={css.models}>
            {value && (value.symbols ? <SymbolTable symbols={value.symbols} isClosed={isClosed} /> : <p className={css.away}>{text.modelsAway}</p>)}
          </Panel>
        </div>
        <div className={css.column}>
          <Panel {...shared} title={text.buses} empty={text.busesEmpty} className={css.buses}>
            {value && <BusList buses={value.buses} database={value.database} />}
          </Panel>
          <Panel {...shared} title={text.global} empty={text.modelsEmpty}>
            {value && (value.global ? <GlobalTable diagnostics={value} isClosed={isClosed} /> : <p className={css.away}>{text.modelsAway}</p>)}
          </Panel>
        </div>
      </div>
    </div>
  );
}

/** All of it in one sentence; null while it is not known. */
function Verdict({ list }: { list: string[] | null }) {
  if (list === null) return <p className={css.verdict} data-good="unknown" role="status">{text.unknown}</p>;
  return (
    <p className={css.verdict} data-good={list.length === 0} role="status">
      {list.length > 0 && <AttentionIcon size={16} />}
      {list.length === 0 ? text.well : text.needs(list)}
    </p>
  );
}
