import { Change } from '../../kit/Change';
import { etDay, etTime, price, ticker } from '../../kit/format';
import { BrandMark, MoonIcon, SunIcon } from '../../kit/icons';
import { MovingPrice } from '../../kit/MovingPrice';
import { setPrefs, usePrefs } from '../../kit/prefs';
import { words } from '../../kit/words';
import { isQuoteStale, limitIn, STALE_AFTER_SEC } from '../../live/freshness';
import { marketNow } from '../../live/marketClock';
import { ageOf, newestSpotTs, serverNow } from '../../live/state';
import { useLive } from '../../live/store';
import { ConnectionBadge } from './ConnectionBadge';
import css from './Header.module.css';
import { SymbolSwitch } from './SymbolSwitch';

export interface HeaderProps {
  symbol: string;
  isDemo: boolean;
  isDegraded: boolean;
}

/** Which market, where it stands, what time it is there, and whether the page is live. */
export function Header({ symbol, isDemo, isDegraded }: HeaderProps) {
  return (
    <header className={css.header}>
      {isDemo && <p className={css.banner} data-testid="demo-banner"><b>{words.demo}</b><span>{words.demoDetail}</span></p>}
      {isDegraded && <p className={css.warning} role="status">{words.degraded}</p>}
      <div className={css.bar}>
        <div className={css.brand}>
          <BrandMark />
          <span className={css.name}>{words.brand}</span>
          <h1 className="sr-only">{words.pageTitle}</h1>
        </div>
        <SymbolSwitch symbol={symbol} />
        <Quote symbol={symbol} isMain />
        <Quote symbol="I:VIX" />
        <div className={css.right}>
          <MarketClock />
          <ConnectionBadge />
          <ThemeSwitch />
        </div>
      </div>
    </header>
  );
}

function Quote({ symbol, isMain = false }: { symbol: string; isMain?: boolean }) {
  const spot = useLive((live) => live.spots[symbol]);
  const isOld = useLive((live) => {
    const held = live.spots[symbol];
    if (held === undefined) return false;
    const limitSec = limitIn(live.clock?.session ?? null, STALE_AFTER_SEC.spot) ?? Infinity;
    const isFeedOld = ageOf(live, newestSpotTs(live.spots) ?? 0) > limitSec;
    return live.link.phase !== 'open' || isFeedOld || isQuoteStale(held, ageOf(live, held.ts));
  });
  return (
    <div className={isMain ? css.mainQuote : css.quote} data-testid={isMain ? 'main-quote' : 'vix-quote'} data-ts={spot?.ts} data-old={isOld || undefined}>
      <span className={css.label}>{ticker(symbol)}</span>
      <span className={css.value}>{spot ? <MovingPrice value={spot.value} /> : price(null)}</span>
      <Change points={spot?.change ?? null} pct={spot?.change_pct ?? null} />
    </div>
  );
}

function MarketClock() {
  const clock = useLive((live) => live.clock);
  const now = useLive((live) => (live.clock ? Math.floor(marketNow(live.clock, serverNow(live))) : null));
  const isOld = useLive((live) => live.clock !== null && ageOf(live, live.clock.ts) > STALE_AFTER_SEC.quote);
  return (
    <div className={css.clock} data-testid="market-clock" data-old={isOld || undefined} title={words.marketTime}>
      <span className={css.time}>{etTime(now)} <span className={css.zone}>ET</span></span>
      <span className={css.day}>
        {etDay(now)}
        {clock && <> · {words.session[clock.session] ?? clock.session}</>}
        {clock && clock.speed !== 1 && <> · ×{clock.speed}</>}
      </span>
    </div>
  );
}

function ThemeSwitch() {
  const theme = usePrefs((prefs) => prefs.theme);
  return (
    <button type="button" className={css.icon} onClick={() => setPrefs({ theme: theme === 'dark' ? 'light' : 'dark' })} aria-label={words.theme[theme]} title={words.theme[theme]}>
      {theme === 'dark' ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
