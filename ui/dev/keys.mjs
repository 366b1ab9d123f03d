/** What the double's buses hold: names that an administrator may see with the kinds of value that Redis has, and one that nobody may. */

const NEVER = ['truth', 'session:', 'sso:'];
const MOST_MEMBERS = 100;
const MOST_CHARS = 262_144;

const isShown = (bus, name) => {
  if (NEVER.some((beginning) => name.startsWith(beginning))) return false;
  return bus !== 'system' || /^(health:|svc:cfg:)|^(tier_gates|svc:list)$|:heartbeat$/.test(name);
};

/** A pattern of Redis as an expression. */
function glob(pattern) {
  const parts = pattern.match(/\\.|\[\^?[^\]]*\]|[^]/g) ?? [];
  const literal = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = parts.map((part) => (part === '*' ? '[^]*' : part === '?' ? '[^]' : part.startsWith('[') && part.length > 2 ? part : literal(part.replace(/^\\(.)/, '$1'))));
  return new RegExp(`^${source.join('')}$`);
}

export function keysOf({ now, spots, fleet, gates, isEmpty }) {
  const text = (bus, key, value, more) => ({ bus, key, type: 'string', text: typeof value === 'string' ? value : JSON.stringify(value), ttl: null, ...more });
  const kind = (bus, key, type, value, more) => ({ bus, key, type, value, ttl: null, ...more });

  const all = () => (isEmpty() ? [] : [
    ...Object.entries(spots()).flatMap(([symbol, spot]) => [
      text('market', `massive:model:spot:${symbol}`, spot),
      text('market', `massive:heatmap:model:${symbol}:latest`, { ts: now(), market_ts: now(), symbol, version: 1764, tiles: {} }),
      kind('market', `market:snapshot:${symbol}`, 'hash', { value: String(spot.value), session: spot.session, source: 'ws', bid: '' }),
      kind('market', `massive:model:spot:${symbol}:trail`, 'zset', Array.from({ length: 160 }, (_, n) => [JSON.stringify({ value: spot.value, ts: now() - 160 + n }), now() - 160 + n]), { ttl: 691_200 }),
    ]),
    text('market', 'massive:clock', { ts: now(), market_ts: now(), speed: 1, session: 'regular', trading_date: '2025-11-21', source: 'server' }),
    text('market', 'massive:chain:latest', `{"version":1764,"ts":${now()},"contracts":{${'"O:SPX251121C06630000":{"u":"I:SPX"},'.repeat(9000)}}}`),
    kind('market', 'market:events', 'stream', [['1764000000000-0', { type: 'session', severity: 'info' }]]),
    text('market', 'log:of:text', '{not json'),
    text('market', 'truth:doc', { version: 7 }),
    text('intel', 'rss:item:7b343d8f1635027d', { uid: '7b343d8f1635027d', title: 'Core inflation cools', category: 'macro', published_ts: now() - 900 }, { ttl: 603_900 }),
    kind('intel', 'rss:index', 'zset', [['7b343d8f1635027d', now() - 900]]),
    ...fleet().services.map(({ id }) => text('system', `${id}:heartbeat`, { service: id, ts: now(), status: 'running', pid: 7 }, { ttl: 15 })),
    kind('system', 'svc:list', 'set', fleet().services.map(({ id }) => id)),
    text('system', 'tier_gates', gates()),
    text('system', 'session:dev_secret', 'nobody sees this'),
  ]);

  const parsed = (content) => {
    try {
      return JSON.parse(content);
    } catch {
      return content;
    }
  };
  const sizeOf = ({ type, text: content, value }) => (type === 'string' ? Buffer.byteLength(content) : Array.isArray(value) ? value.length : Object.keys(value).length);
  const line = (held, ts) => ({ key: held.key, type: held.type, size: sizeOf(held), ttl: held.ttl, ts, age_sec: ts === null ? null : Math.round((now() - ts) * 10) / 10 });
  const stamp = (value) => (typeof value?.ts === 'number' ? value.ts : null);

  return {
    list: (bus, pattern, limit) => all().filter((held) => held.bus === bus && isShown(bus, held.key) && glob(pattern).test(held.key))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit)
      .map((held) => line(held, held.type === 'string' && sizeOf(held) <= MOST_CHARS ? stamp(parsed(held.text)) : null)),
    /** Undefined where there is nothing, or nothing to be shown. */
    value(bus, name) {
      const held = isShown(bus, name) ? all().find((each) => each.bus === bus && each.key === name) : undefined;
      if (!held) return undefined;
      const isCut = held.type === 'string' ? held.text.length > MOST_CHARS : sizeOf(held) > MOST_MEMBERS;
      const cut = Array.isArray(held.value) ? held.value.slice(0, MOST_MEMBERS) : held.value;
      const value = held.type !== 'string' ? cut : isCut ? held.text.slice(0, MOST_CHARS) : parsed(held.text);
      return { ...line(held, stamp(value)), value, truncated: isCut };
    },
  };
}
