import type { ServiceStatus, Session } from '../wire';

/** Every text of the page. */
export const words = {
  brand: 'MarketSwarm',
  pageTitle: 'Market overview',
  skip: 'Skip to the chart',
  demo: 'Demo mode',
  demoDetail: 'no sign-in; every visitor is the demo user',
  degraded: 'A data source of the gateway is away. What is shown may be incomplete.',
  symbol: 'Symbol',
  needsServer: 'Not available while disconnected',
  moreSymbols: 'More',
  vix: 'VIX',
  marketTime: 'Market time',
  theme: { dark: 'Switch to the light theme', light: 'Switch to the dark theme' },
  session: { pre: 'Pre-market', regular: 'Open', post: 'After hours', closed: 'Closed' } satisfies Record<Session, string>,
  link: {
    connecting: 'Connecting…', live: 'Live', delayed: 'Delayed', reconnecting: 'Reconnecting', offline: 'Offline', closed: 'Closed',
    dataOf: (time: string) => `showing data of ${time}`,
    attempt: (n: number) => `(${n})`,
  },
  panel: {
    old: (ageText: string) => `${ageText} old`,
    disconnected: 'disconnected',
    disconnectedHint: 'Waiting for the gateway. The last data stays on screen.',
    nothingYet: 'Nothing was received yet. The page keeps trying.',
    retry: 'Retry',
    code: 'Code',
    request: 'Request',
    broken: 'This panel stopped working. The others carry on.',
    notInTier: 'Not part of your tier.',
    asOf: 'Data time, your zone',
    loading: 'Loading',
    failed: 'Could not load',
  },
  chart: {
    title: 'Price',
    empty: (name: string) => `No trades recorded for ${name} today. Bars appear with the first trade.`,
    timeframe: 'Timeframe',
    fit: 'Fit',
    fitHint: 'Show all bars (f)',
    today: 'Today',
    todayHint: 'Show this trading day',
    table: 'Table',
    tableHint: 'Show the last 100 bars as a table',
    keys: 'Arrow left and right move the crosshair, up and down zoom, Home and End jump, f fits, t changes the timeframe.',
    summary: (name: string, frame: string, count: number) => `${name}, ${count} bars of ${frame}`,
    tableCaption: (name: string, frame: string) => `Last 100 bars of ${name}, ${frame}, newest first, New York time`,
    columns: ['Time (ET)', 'Open', 'High', 'Low', 'Close', 'Change'],
    prevClose: 'Prev close',
  },
  tiles: {
    title: 'Prices',
    empty: 'No prices yet. They appear when the market data service publishes its first ones.',
    group: { index: 'Indices', etf: 'ETFs', stock: 'Stocks' },
    stale: 'stale',
    show: (name: string) => `Show ${name} in the chart`,
  },
  fleet: {
    title: 'Fleet',
    empty: 'No service has reported yet. Each appears with its first heartbeat.',
    alive: (alive: number, all: number) => `${alive} of ${all} alive`,
    noBeat: 'no beat yet',
    noAlert: 'no alerts',
    missed: 'missed',
    silent: 'silent',
    beat: 'Heartbeat age',
    every: (sec: number) => `every ${sec} s`,
    lastAlert: 'Last alert',
    ago: (ageText: string) => `${ageText} ago`,
    status: { alive: 'alive', late: 'late', dead: 'dead', stopped: 'stopped', unknown: 'unknown' } satisfies Record<ServiceStatus, string>,
  },
  log: {
    title: 'Activity',
    empty: 'All quiet. Alerts of the fleet and events of the market feed appear here.',
    filter: 'Show',
    all: 'All',
    fleet: 'Fleet',
    feed: 'Feed',
    lateBy: (sec: number, limit: number | undefined) => `no beat for ${sec} s${limit === undefined ? '' : ` (limit ${limit} s)`}`,
    repeated: (n: number) => `×${n}`,
  },
  tabs: { chart: 'Chart', prices: 'Prices', fleet: 'Fleet', log: 'Activity' },
  sections: 'Sections',
  attribution: 'Charts by TradingView Lightweight Charts™',
  version: (text: string) => `Gateway ${text}`,
};

/** What a symbol stands for, where the ticker does not say. */
export const symbolNames: Record<string, string> = {
  'I:SPX': 'S&P 500', 'I:NDX': 'Nasdaq 100', 'I:VIX': 'Volatility', 'I:RUT': 'Russell 2000', 'I:XSP': 'Mini-SPX',
  SPY: 'S&P 500', QQQ: 'Nasdaq 100', DIA: 'Dow Jones', IWM: 'Russell 2000',
  AAPL: 'Apple', AMD: 'AMD', AMZN: 'Amazon', GOOGL: 'Alphabet', META: 'Meta', MSFT: 'Microsoft', NVDA: 'Nvidia', TSLA: 'Tesla',
};

const alertTexts: Record<string, string> = {
  heartbeat_miss: 'Heartbeat missed',
  heartbeat_ok: 'Heartbeat back',
  healer_miss: 'Healer missed',
  healer_ok: 'Healer back',
  container_die: 'Container died',
  container_oom: 'Out of memory',
  container_unhealthy: 'Container unhealthy',
  container_healthy: 'Container healthy',
  operator_stop: 'Stopped by operator',
  crash_loop: 'Crash loop',
  quarantined: 'Quarantined',
  job_failed: 'Job failed',
  heal_started: 'Healing started',
  heal_result: 'Healing finished',
  heal_exhausted: 'Healing given up',
  redis_down: 'Redis down',
  redis_ok: 'Redis back',
  service_restarted: 'Service restarted',
};

/** `heartbeat_miss` in words; an unknown type is shown as it is, spaced. */
export function alertText(type: string): string {
  const spaced = type.replaceAll('_', ' ');
  return alertTexts[type] ?? spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
