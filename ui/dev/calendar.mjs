/**
 * The economic calendar of the double: the indicators that a new gateway begins with, their rules, the schedule made of
 * them, and what releases brought. Refusals are the gateway's, word for word.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { form, Invalid } from './form.mjs';

const SEED = new URL('../../services/sse/src/calendar/seed.json', import.meta.url);
const SEED_RULES = {
  nfp: [{ type: 'first_friday' }, '08:30'], unemployment_rate: [{ type: 'first_friday' }, '08:30'], avg_hourly_earnings: [{ type: 'first_friday' }, '08:30'],
  initial_claims: [{ type: 'weekly', weekday: 4 }, '08:30'], crude_oil_inventories: [{ type: 'weekly', weekday: 3 }, '10:30'], natural_gas_storage: [{ type: 'weekly', weekday: 4 }, '10:30'],
};
const FIELDS = ['key', 'name', 'rating', 'description', 'is_active', 'release_time_et', 'cadence', 'rule_json', 'aliases', 'id', 'tier', 'created_at', 'updated_at'];
const CADENCES = ['fixed_dates', 'first_friday', 'nth_weekday', 'weekly', 'manual'];
const KEY = '1 to 64 lower-case letters, digits and _';
const TIME = 'a New York time like 08:30';
const FIGURE = 'a figure like 0.3%, 227K or 52.1';
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const FRIDAY = 5;

const isKey = (text) => typeof text === 'string' && /^[a-z0-9_]{1,64}$/.test(text);
const isTime = (text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
const byText = (a, b) => Number(a > b) - Number(a < b);
const tierOf = (rating) => (rating >= 9 ? 'critical' : rating >= 7 ? 'high' : rating >= 5 ? 'medium' : 'low');
const dayOf = (text) => new Date(`${text}T12:00:00Z`);
const dateOf = (at) => at.toISOString().slice(0, 10);
const isDate = (text) => typeof text === 'string' && /^(199\d|20\d\d|2100)-\d\d-\d\d$/.test(text) && !Number.isNaN(dayOf(text).getTime()) && dateOf(dayOf(text)) === text;
const newYork = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', year: 'numeric', month: '2-digit', day: '2-digit' });

/** The n-th such weekday of a month, from 0; null where there is none. */
function nth(year, month, weekday, n) {
  const first = new Date(Date.UTC(year, month, 1, 12)).getUTCDay();
  const at = new Date(Date.UTC(year, month, 1 + ((weekday - first + 7) % 7) + 7 * (n - 1), 12));
  return at.getUTCMonth() === month ? dateOf(at) : null;
}

/** A Saturday's holiday is kept on Friday, a Sunday's on Monday. */
function observed(year, month, day) {
  const at = new Date(Date.UTC(year, month, day, 12));
  return dateOf(new Date(at.getTime() + ({ 6: -1, 0: 1 }[at.getUTCDay()] ?? 0) * DAY_MS));
}

/** By Gauss. */
function goodFriday(year) {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const sum = h + l - 7 * m + 114;
  return dateOf(new Date(Date.UTC(year, Math.floor(sum / 31) - 1, (sum % 31) + 1 - 2, 12)));
}

/** Whether the exchange is closed all day, on a weekday. */
export function isHoliday(date) {
  const year = Number(date.slice(0, 4));
  const newYear = new Date(Date.UTC(year, 0, 1)).getUTCDay() === 6 ? null : observed(year, 0, 1);
  const lastMonday = nth(year, 4, 1, 5) ?? nth(year, 4, 1, 4);
  return [
    newYear, nth(year, 0, 1, 3), nth(year, 1, 1, 3), goodFriday(year), lastMonday, observed(year, 5, 19), observed(year, 6, 4), nth(year, 8, 1, 1), nth(year, 10, 4, 4), observed(year, 11, 25),
  ].includes(date);
}

function isDue(rule, date) {
  const at = dayOf(date);
  if (rule.type === 'fixed_dates') return rule.dates.includes(date);
  if (rule.type === 'weekly') return at.getUTCDay() === rule.weekday && !isHoliday(date);
  if (rule.type === 'nth_weekday') return nth(at.getUTCFullYear(), at.getUTCMonth(), rule.weekday, rule.n) === date;
  const tomorrow = new Date(at.getTime() + DAY_MS);
  const isFirst = (friday) => nth(friday.getUTCFullYear(), friday.getUTCMonth(), FRIDAY, 1) === dateOf(friday);
  return (isFirst(at) && !isHoliday(date)) || (isFirst(tomorrow) && isHoliday(dateOf(tomorrow)));
}

function ruleOf(value) {
  const at = (name) => `rule_json.${name}`;
  const read = (known) => form(value, ['type', ...known], 'rule_json.');
  const weekday = (fields) => fields.whole('weekday', 0, 6) ?? fields.refuse('weekday', '0 (Sunday) to 6');
  switch (value?.type) {
    case 'fixed_dates': {
      const fields = read(['dates', 'time_et']);
      const time = fields.prose('time_et', 5) ?? null;
      if (time !== null && !isTime(time)) fields.refuse('time_et', TIME);
      const dates = fields.value('dates');
      if (!Array.isArray(dates) || dates.length === 0 || dates.length > 400 || !dates.every(isDate)) fields.refuse('dates', '1 to 400 days like 2027-03-10');
      return { type: value.type, dates: [...new Set(dates)].toSorted(), ...(time !== null && { time_et: time }) };
    }
    case 'first_friday':
      read([]);
      return { type: value.type };
    case 'nth_weekday': {
      const fields = read(['weekday', 'n']);
      const n = fields.whole('n', 1, 5) ?? fields.refuse('n', '1 to 5');
      return { type: value.type, weekday: weekday(fields), n };
    }
    case 'weekly': return { type: value.type, weekday: weekday(read(['weekday'])) };
    default:
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Invalid('rule_json', 'a JSON object or null');
      throw new Invalid(at('type'), 'fixed_dates, first_friday, nth_weekday or weekly');
  }
}

function aliasesOf(fields) {
  const listed = fields.value('aliases');
  if (listed === undefined) return undefined;
  const refuse = () => fields.refuse('aliases', 'up to 50 texts of 1 to 191 characters');
  if (!Array.isArray(listed) || listed.length > 50) refuse();
  const trimmed = listed.map((alias) => (typeof alias === 'string' ? alias.trim() : refuse()));
  if (trimmed.some((alias) => alias === '' || [...alias].length > 191 || /\p{Cc}/u.test(alias))) refuse();
  const first = new Map(trimmed.toReversed().map((alias) => [alias.toLowerCase(), alias]));
  return [...first.values()].toReversed();
}

/** What `body` sets. */
function changeOf(body) {
  const fields = form(body, FIELDS);
  const time = fields.prose('release_time_et', 5);
  if (typeof time === 'string' && !isTime(time)) fields.refuse('release_time_et', TIME);
  const rule = fields.value('rule_json');
  return {
    rule: rule === undefined || rule === null ? rule : ruleOf(rule),
    name: fields.text('name', 1, 255),
    rating: fields.whole('rating', 1, 10),
    description: fields.prose('description', 10_000),
    is_active: fields.flag('is_active'),
    release_time_et: time,
    cadence: fields.word('cadence', CADENCES, 'fixed_dates, first_friday, nth_weekday, weekly or manual'),
    aliases: aliasesOf(fields),
  };
}

function changed(before, { rule, cadence, ...change }, at) {
  const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const ruled = rule !== undefined ? rule : { manual: null, first_friday: { type: 'first_friday' } }[cadence];
  const after = { ...before, ...set, rule_json: ruled === undefined ? before.rule_json : ruled };
  after.tier = tierOf(after.rating);
  after.cadence = after.rule_json?.type ?? 'manual';
  if (cadence !== undefined && cadence !== after.cadence) throw new Invalid('cadence', 'the type of rule_json, or manual without one');
  return { ...after, updated_at: at };
}

/** The number of a figure as people write them; null when it is none. */
function number(text) {
  const found = /^([-+]?)\s*(\d{1,3}(?:,\d{3})+|\d*)(\.\d+)?\s*([%kKmMbB])?$/.exec(text.trim().replaceAll('−', '-'));
  if (!found || (found[2] === '' && !found[3])) return null;
  const exponent = { k: 3, m: 6, b: 9 }[found[4]?.toLowerCase()] ?? 0;
  return Number(`${found[1] === '-' ? '-' : ''}0${found[2].replaceAll(',', '')}${found[3] ?? ''}e${exponent}`);
}

function verdict(actual, expected) {
  const [is, was] = [number(actual), expected === null ? null : number(expected)];
  if (is === null || was === null || is === was) return 'met';
  return is > was ? 'beat' : 'missed';
}

function figureOf(fields, name) {
  const value = fields.value(name);
  if (typeof value === 'number') return String(value);
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) return null;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || [...text].length > 32 || /\p{Cc}/u.test(text) ? fields.refuse(name, FIGURE) : text;
}

/** The calendar; `nowMs` gives the time. */
export function calendar(nowMs) {
  const iso = () => new Date(nowMs()).toISOString();
  const results = new Map();
  let windowDays = 14;
  let indicators = JSON.parse(readFileSync(SEED, 'utf8')).map(({ key, rating, name, description, aliases }) => {
    const [rule, time] = SEED_RULES[key] ?? [null, null];
    return {
      id: randomUUID(), key, name, rating, tier: tierOf(rating), description, is_active: true, release_time_et: time, cadence: rule?.type ?? 'manual', rule_json: rule, aliases,
      created_at: iso(), updated_at: iso(),
    };
  });
  const replace = (after) => {
    indicators = indicators.map((each) => (each.id === after.id ? after : each));
    return after;
  };

  return {
    /** The highest rating first, then by name. */
    all: () => indicators.map((each) => ({ ...each, aliases: each.aliases.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)) }))
      .toSorted((a, b) => b.rating - a.rating || (a.name < b.name ? -1 : 1)),
    create(body) {
      const change = changeOf(body);
      if (!isKey(body.key)) throw new Invalid('key', KEY);
      if (change.name === undefined) throw new Invalid('name', 'a text of 1 to 255 characters');
      if (change.rating === undefined) throw new Invalid('rating', 'a whole number from 1 to 10');
      const blank = { id: randomUUID(), key: body.key, name: '', rating: 1, tier: 'low', description: null, is_active: true, release_time_et: null, cadence: 'manual', rule_json: null, aliases: [], created_at: iso() };
      const made = changed(blank, change, iso());
      if (indicators.some(({ key }) => key === made.key)) return { taken: made.key };
      indicators.push(made);
      return { made };
    },
    /** Undefined where there is no such indicator. */
    change(id, body) {
      const before = indicators.find((each) => each.id === id);
      if (!before) return undefined;
      if (body?.key !== undefined && body.key !== before.key) throw new Invalid('key', 'no other one: it is fixed');
      return replace(changed(before, changeOf(body), iso()));
    },
    retire(id) {
      const before = indicators.find((each) => each.id === id);
      return before && replace({ ...before, is_active: false, updated_at: iso() });
    },
    /** Undefined where there is no such active indicator. */
    note(body) {
      const fields = form(body, ['date', 'key', 'actual', 'expected']);
      const actual = figureOf(fields, 'actual') ?? fields.refuse('actual', FIGURE);
      const expected = figureOf(fields, 'expected');
      if (!isDate(fields.value('date'))) fields.refuse('date', 'a day like 2027-03-10');
      if (!isKey(fields.value('key'))) fields.refuse('key', KEY);
      const { date, key } = body;
      if (!indicators.some((each) => each.key === key && each.is_active)) return undefined;
      const outcome = { actual, expected, status: verdict(actual, expected) };
      results.set(`${date} ${key}`, { outcome, untilMs: nowMs() + WEEK_MS });
      return { date, key, ...outcome };
    },
    build(body) {
      windowDays = form(body, ['window_days']).whole('window_days', 1, 60) ?? form(body, ['window_days']).refuse('window_days', 'a whole number from 1 to 60');
    },
    schedule() {
      const first = dayOf(newYork.format(nowMs())).getTime();
      const dates = Array.from({ length: windowDays }, (_, n) => dateOf(new Date(first + n * DAY_MS)));
      const active = indicators.filter((each) => each.is_active);
      const resultOf = (date, key) => {
        const held = results.get(`${date} ${key}`);
        return held && held.untilMs > nowMs() ? { result: held.outcome } : {};
      };
      const events = (date) => active.filter(({ rule_json: rule }) => rule && isDue(rule, date))
        .map(({ key, name, release_time_et: time, rating, tier, rule_json: rule }) => Object.assign({ indicator_key: key, name, time_et: rule.time_et ?? time, rating, tier }, resultOf(date, key)))
        .toSorted((a, b) => byText(a.time_et ?? 'none', b.time_et ?? 'none') || b.rating - a.rating || byText(a.indicator_key, b.indicator_key));
      const days = Object.fromEntries(dates.map((date) => [date, { events: events(date) }]).filter(([, day]) => day.events.length > 0));
      return { schema_version: 1, window_start: dates[0], window_end: dates.at(-1), generated_at: iso(), indicator_count: active.length, days };
    },
  };
}
