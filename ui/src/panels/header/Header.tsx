import { Link } from 'react-router';
import { useTheme } from '../../kit/appearance';
import { Change } from '../../kit/Change';
import { etDay, etTime, price, ticker } from '../../kit/format';
import { BrandMark, MoonIcon, SunIcon } from '../../kit/icons';
import { MovingPrice } from '../../kit/MovingPrice';
import { setPrefs } from '../../kit/prefs';
import { words } from '../../kit/words';
import { isQuoteStale, limitIn, STALE_AFTER_SEC } from '../../live/freshness';
import { ageOf, serverNow } from '../../live/line';
import { marketNow } from '../../live/marketClock';
import { newestSpotTs } from '../../live/prices';
import { useLine, usePrices } from '../../live/stores';
import { ConnectionBadge } from './ConnectionBadge';
import css from './Header.module.css';
import { SymbolSwitch } from './SymbolSwitch';
import { UserMenu } from './UserMenu';

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
        <Link className={css.brand} to="/" aria-label={`${words.brand}: ${words.account.workspace}`}>
          <BrandMark />
          <span className={css.name}>{words.brand}</span>
        </Link>
        <SymbolSwitch symbol={symbol} />
        <Quote symbol={symbol} isMain />
        <Quote symbol="I:VIX" />
        <div className={css.right}>
          <MarketClock />
          <ConnectionBadge />
          <ThemeSwitch />
          <UserMenu />
        </div>
      </div>
    </header>
  );
}

function Quote({ symbol, isMain = false }: { symbol: string; isMain?: boolean }) {
  const spot = usePrices((prices) => prices.spots[symbol]);
  const newestTs = usePrices((prices) => newestSpotTs(prices.spots)) ?? 0;
  const limitSec = limitIn(usePrices((prices) => prices.clock?.session ?? null), STALE_AFTER_SEC.spot) ?? Infinity;
  const isOld = useLine((line) => {
    if (spot === undefined) return false;
    return line.link.phase !== 'open' || ageOf(line, newestTs) > limitSec || isQuoteStale(spot, ageOf(line, spot.ts));
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
  const clock = usePrices((prices) => prices.clock);
  const now = useLine((line) => (clock ? Math.floor(marketNow(clock, serverNow(line))) : null));
  const isOld = useLine((line) => clock !== null && ageOf(line, clock.ts) > STALE_AFTER_SEC.quote);
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
  const theme = useTheme();
  return (
    <button type="button" className={css.icon} onClick={() => setPrefs({ theme: theme === 'dark' ? 'light' : 'dark' })} aria-label={words.theme[theme]} title={words.theme[theme]}>
      {theme === 'dark' ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
