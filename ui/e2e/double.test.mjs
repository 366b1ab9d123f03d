/**
 * The double answers administrators as the gateway does: names of fields are held against the gateway's source, refusals
 * against the known answers of the gateway's own tests. Over a fleet (`MS_URL`) the fleet is held against the source.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FEATURES } from '../dev/gates.mjs';
import { openTarget } from './target.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const source = (path) => readFileSync(join(ROOT, path), 'utf8');
const [ADMIN, VIEW, ACTIVITY, GATES, DIAGNOSTICS, KEYS, CALENDAR, ECON, INTEL, SCORES, ERROR] = [
  'services/sse/src/routes/admin.rs', 'services/sse/src/members/view.rs', 'services/sse/src/activity.rs', 'crates/auth/src/gates.rs', 'services/sse/src/diagnostics.rs',
  'services/sse/src/routes/diagnostics.rs', 'services/sse/src/calendar.rs', 'crates/wire/src/econ.rs', 'crates/wire/src/intel.rs', 'services/sse/src/feeds/scores.rs', 'crates/web/src/error.rs',
].map(source);

const target = await openTarget();
after(() => target.close());

/** Where the bracket that opens at `from` closes. */
function closing(text, from) {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if ('({['.includes(text[at])) depth += 1;
    if (')}]'.includes(text[at])) depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error('a bracket that never closes');
}

/** The text without what stands in brackets. */
function flat(text) {
  let depth = 0;
  return [...text].filter((letter) => {
    if (')}]'.includes(letter)) depth -= 1;
    const isFlat = depth === 0;
    if ('({['.includes(letter)) depth += 1;
    return isFlat;
  }).join('');
}

/** The names of every `json!({…})` that a function writes, in their order. */
function written(text, name) {
  const start = text.search(new RegExp(`fn ${name}\\b`));
  assert.ok(start >= 0, `there is a function ${name}`);
  const open = text.indexOf('{\n', start);
  const body = text.slice(open, closing(text, open));
  return [...body.matchAll(/json!\(\{/g)].map(({ index }) => {
    const at = index + 'json!('.length;
    return [...flat(body.slice(at + 1, closing(body, at))).matchAll(/"(\w+)":/g)].map(([, key]) => key);
  });
}

const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** The names of a structure's fields as they are written; `?` marks one that may be absent. */
function fields(text, name) {
  const found = new RegExp(`((?:#\\[[^\\n]*\\]\\n)*)pub(?:\\([a-z]+\\))? struct ${name} \\{\\n([^}]*)\\n\\}`).exec(text) ?? new RegExp(`((?:#\\[[^\\n]*\\]\\n)*)struct ${name} \\{\\n([^}]*)\\n\\}`).exec(text);
  assert.ok(found, `there is a structure ${name}`);
  const [, head, body] = found;
  const isCamel = head.includes('rename_all = "camelCase"');
  const own = [...body.matchAll(/((?:^\s*(?:\/\/\/|#\[)[^\n]*\n)*)^\s*(?:pub(?:\([a-z]+\))? )?(\w+):/gm)];
  return own.filter(([, marks]) => !marks.includes('flatten')).map(([, marks, field]) => {
    const renamed = /serde\([^)]*\brename = "(\w+)"/.exec(marks)?.[1];
    return `${renamed ?? (isCamel ? camel(field) : field)}${marks.includes('skip_serializing_if') ? '?' : ''}`;
  });
}

/** Whether `value` has the names of `expected`, no more and no fewer. */
function has(value, expected, what) {
  const [names, must] = [Object.keys(value).toSorted(), expected.filter((name) => !name.endsWith('?')).toSorted()];
  const may = new Set(expected.map((name) => name.replace('?', '')));
  assert.deepEqual(must.filter((name) => !names.includes(name)), [], `${what} lacks nothing`);
  assert.deepEqual(names.filter((name) => !may.has(name)), [], `${what} has nothing else`);
}

async function ask(method, path, body) {
  const response = await fetch(`${target.url}/api/${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  return { status: response.status, headers: response.headers, answer: await response.json() };
}
const get = async (path) => (await ask('GET', path)).answer;
const REFUSAL = [...written(ERROR, 'into_response')[0], 'field?'];

await target.hooks.play?.('admin', { hasArticles: true });

test('who is there and when', async () => {
  const [live, active, whole] = written(ADMIN, 'stats');
  const stats = await get('admin/stats');
  has(stats, whole, 'stats');
  for (const each of stats.liveUsers) has(each, live, 'a live user');
  for (const each of stats.mostActiveUsers) {
    has(each, active, 'an active user');
    has(each.activeTime, fields(ACTIVITY, 'ActiveTime'), 'the time');
  }
  const hours = await get('admin/activity/hourly?days=3');
  has(hours, fields(ACTIVITY, 'Hours'), 'the hours');
  for (const each of hours.data) has(each, fields(ACTIVITY, 'Hour'), 'an hour');
  for (const each of hours.busiestHours) has(each, fields(ACTIVITY, 'Busy'), 'a busy hour');
});

test('users, one of them, their week', async () => {
  const page = await get('admin/users?limit=3');
  has(page, written(ADMIN, 'list')[0], 'a page of users');
  const [user] = written(VIEW, 'user');
  for (const each of page.users) has(each, [...user, 'is_online'], 'a user');
  const { id } = page.users[0];
  const detail = await get(`admin/users/${id}`);
  has(detail, [...written(ADMIN, 'detail')[0], 'tradeLogsError?'], 'the details');
  has(detail.user, [...user, 'is_online'], 'the user');
  for (const each of detail.sessions) has(each, written(VIEW, 'session')[0], 'a session');
  const week = await get(`admin/users/${id}/activity`);
  has(week, fields(ACTIVITY, 'Week'), 'the week');
  assert.equal(week.heatmapData.length, 168);
});

test('the gates', async () => {
  const gates = await get('admin/tier-gates');
  has(gates, fields(GATES, 'Gates'), 'the gates');
  for (const each of Object.values(gates.defaults)) has(each, fields(GATES, 'Default'), 'a default');
  const known = [...source('crates/auth/src/gates/feature.rs').matchAll(/^ {4}(boolean|number)\("(\w+)", "([^"]+)"\)/gm)].map(([, kind, key, label]) => [key, [kind, label]]);
  assert.deepEqual(Object.entries(FEATURES), known);
});

test('diagnostics', async () => {
  const seen = await get('admin/diagnostics');
  const [whole, database] = [written(DIAGNOSTICS, 'overview')[0], /"database": \{([^}]*)\}/.exec(DIAGNOSTICS)[1]];
  has(seen, whole, 'the overview');
  has(seen.database, [...database.matchAll(/"(\w+)":/g)].map(([, name]) => name), 'the database');
  for (const each of Object.values(seen.buses)) has(each, written(DIAGNOSTICS, 'ping')[0], 'a bus');
  const [state] = written(DIAGNOSTICS, 'state');
  const kinds = /const KINDS: \[&str; \d\] = \[([^\]]*)\]/.exec(DIAGNOSTICS)[1].match(/\w+/g);
  for (const models of Object.values(seen.symbols ?? {})) {
    has(models, kinds, 'the models of a symbol');
    for (const each of Object.values(models)) has(each, state, 'a model');
  }
  if (seen.global) {
    has(seen.global, written(DIAGNOSTICS, 'global')[0], 'the models of the market');
    for (const each of [seen.global.vix, seen.global.vexy.epoch, seen.global.vexy.event]) has(each, state, 'a model');
  }
  for (const each of Object.values(seen.services ?? {})) has(each, written(DIAGNOSTICS, 'services')[0], 'a service');
});

test('keys and what they hold', async () => {
  const [line] = written(DIAGNOSTICS, 'line');
  for (const bus of ['market', 'intel', 'system']) {
    const listed = await get(`admin/diagnostics/redis?bus=${bus}&limit=5`);
    has(listed, written(KEYS, 'names')[0], 'a list of keys');
    assert.equal(listed.bus, bus);
    for (const each of listed.keys) has(each, line, 'a key');
    const [first] = listed.keys;
    if (first) has(await get(`admin/diagnostics/redis/${encodeURIComponent(first.key)}?bus=${bus}`), [...line, 'value', 'truncated'], first.key);
  }
  for (const name of ['truth:doc', 'session:dev_secret']) {
    for (const bus of ['market', 'system']) assert.equal((await ask('GET', `admin/diagnostics/redis/${name}?bus=${bus}`)).status, 404);
  }
});

test('the economic calendar', async () => {
  const { data: indicators } = await get('admin/economic-indicators');
  for (const each of indicators) has(each, fields(CALENDAR, 'Indicator'), 'an indicator');
  for (const path of ['econ/schedule', 'admin/economic-indicators/rolling-schedule']) {
    const { data } = await get(path);
    has(data, fields(ECON, 'Schedule'), 'the schedule');
    for (const { events } of Object.values(data.days)) for (const each of events) has(each, fields(ECON, 'Event'), 'a release');
  }
});

test('articles', async () => {
  const { status, answer } = await ask('GET', 'admin/rss-articles?hours=168');
  if (status === 404) return assert.equal(answer.error, 'no_data');
  for (const { analysis, ...each } of answer.data) {
    has({ analysis, ...each }, [...fields(INTEL, 'Article'), ...fields(SCORES, 'Scores')], 'an article');
    if (analysis) has(analysis, fields(INTEL, 'Analysis'), 'an analysis');
  }
});

test('what is asked for in a wrong way is refused, the field by its name where the gateway names it', async () => {
  const wrong = [
    ['users?sort=password', 400, 'sort', 'sort: expected one of last_login_at, created_at, email, display_name, id'], ['users?page=x', 400, undefined, 'page: expected a whole number'],
    ['users?limit=x', 400, undefined, 'limit: expected a whole number'], ['activity/hourly?days=x', 400, undefined, 'days: expected a whole number'],
    ['diagnostics/redis?bus=echo', 400, 'bus', 'bus: expected market, intel or system'], [`diagnostics/redis?pattern=${'x'.repeat(257)}`, 400, 'pattern', 'pattern: expected at most 256 characters'],
    ['users/999999', 404, undefined, 'There is no such user.'], ['users/nobody', 404, undefined, 'There is nothing here.'], ['nothing', 404, undefined, 'There is nothing here.'],
  ];
  for (const [path, status, field, message] of wrong) {
    const refused = await ask('GET', `admin/${path}`);
    assert.deepEqual([refused.status, refused.answer.field, refused.answer.message], [status, field, message], path);
    has(refused.answer, REFUSAL, path);
  }
  const other = await ask('POST', 'admin/stats');
  assert.deepEqual([other.status, other.answer.error, other.headers.get('allow')], [405, 'method_not_allowed', 'GET, HEAD']);
});

// What follows writes.
if (target.hooks.play) {
  const FORMS = source('services/sse/src/calendar/form_tests.rs');
  const known = (name) => {
    const text = FORMS.slice(FORMS.indexOf(`fn ${name}`));
    const end = text.indexOf('\n}\n');
    return [...text.slice(0, end).matchAll(/\(\s*json!\((\{[^\n]*\})\),\s*"([^"]+: expected [^"]+)",?\s*\)/g)].map(([, body, message]) => [JSON.parse(body), message]);
  };

  test('a form is refused with the words of the gateway\'s own known answers', async () => {
    const [creations, results] = [known('a_new_indicator_needs_key_name_and_rating'), known('a_result_is_read_with_its_figures_as_they_were_entered')];
    assert.ok(creations.length >= 8 && results.length >= 5, `${creations.length} and ${results.length} known answers`);
    for (const [path, answers] of [['admin/economic-indicators', creations], ['admin/economic-indicators/result', results]]) {
      for (const [body, message] of answers) {
        const refused = await ask('POST', path, body);
        assert.deepEqual([refused.status, refused.answer.error, refused.answer.message, refused.answer.field], [400, 'bad_request', message, message.split(':')[0]], JSON.stringify(body));
        has(refused.answer, REFUSAL, path);
      }
    }
  });

  test('the schedule of the shipped indicators is the gateway\'s known one', async () => {
    const { calendar } = await import('../dev/calendar.mjs');
    const { days, ...window } = calendar(() => Date.parse('2026-11-21T18:00:00Z')).schedule();
    assert.deepEqual([window.window_start, window.window_end, window.indicator_count, window.generated_at], ['2026-11-21', '2026-12-04', 43, '2026-11-21T18:00:00.000Z']);
    assert.deepEqual(Object.entries(days).map(([date, { events }]) => [date, events.map((event) => event.indicator_key)]), [
      ['2026-11-25', ['crude_oil_inventories']], ['2026-12-02', ['crude_oil_inventories']], ['2026-12-03', ['initial_claims', 'natural_gas_storage']],
      ['2026-12-04', ['nfp', 'avg_hourly_earnings', 'unemployment_rate']],
    ], 'Thursday the 26th is Thanksgiving');
  });

  test('an indicator is made, changed, taken out; a result is judged', async () => {
    const path = 'admin/economic-indicators';
    const made = await ask('POST', path, { key: 'beige', name: ' Beige ', rating: 7, rule_json: { type: 'weekly', weekday: 3 }, aliases: [' NFP', 'nfp', 'Jobs'] });
    assert.equal(made.status, 201);
    has(made.answer.data, fields(CALENDAR, 'Indicator'), 'the new one');
    assert.deepEqual([made.answer.data.name, made.answer.data.tier, made.answer.data.cadence, made.answer.data.aliases], ['Beige', 'high', 'weekly', ['NFP', 'Jobs']]);
    const { id } = made.answer.data;
    assert.deepEqual((({ status, answer }) => [status, answer.error, answer.message])(await ask('POST', path, { key: 'beige', name: 'x', rating: 1 })), [409, 'conflict', 'there is an indicator beige already']);
    assert.equal((await ask('PUT', `${path}/${id}`, made.answer.data)).status, 200, 'what GET shows may be sent back');
    assert.deepEqual((({ status, answer }) => [status, answer.field])(await ask('PUT', `${path}/${id}`, { key: 'b' })), [400, 'key']);
    assert.equal((await ask('PUT', `${path}/${id}`, { rating: 9 })).answer.data.cadence, 'weekly', 'what is not named stays');
    assert.equal((await ask('POST', `${path}/result`, { date: '2027-03-10', key: 'beige', actual: '1.1M', expected: '1,100K' })).answer.data.status, 'met');
    assert.equal((await ask('DELETE', `${path}/${id}`)).answer.data.is_active, false);
    assert.equal((await ask('POST', `${path}/result`, { date: '2027-03-10', key: 'beige', actual: '1' })).status, 404, 'it rests');
    assert.equal((await ask('DELETE', `${path}/00000000-0000-7000-8000-000000000000`)).status, 404);
  });

  test('gates are written over, and a patch that is none is refused', async () => {
    const before = await get('admin/tier-gates');
    const { answer } = await ask('PUT', 'admin/tier-gates', { allowed_tiers: { observer: null, coaching: false }, defaults: { vexy_chat_rate: { value: 30 } }, tiers: { observer: { alert_max_active: 3, heatmap_access: null } } });
    has(answer, fields(GATES, 'Gates'), 'the gates');
    assert.deepEqual([answer.allowed_tiers.coaching, 'observer' in answer.allowed_tiers, answer.defaults.vexy_chat_rate.value, answer.tiers.observer], [true, false, 30, { alert_max_active: 3 }]);
    assert.notEqual(answer.updated_at, before.updated_at);
    for (const [patch, message] of [
      [{ color: 1 }, 'color: expected mode, allowed_tiers, defaults or tiers'], [{ mode: 'open' }, 'mode: expected full_production or tier_gated'],
      [{ tiers: { observer: { alert_max_active: -2 } } }, 'tiers.observer.alert_max_active: expected a whole number, -1 for no limit'],
      [{ tiers: { coaching: {} } }, 'tiers.coaching: expected observer, activator or navigator; nothing is withheld from the others'],
      [{ defaults: { colour: { value: true } } }, 'defaults.colour: expected a known feature'], [[], 'document: expected a JSON object'],
    ]) {
      const refused = await ask('PUT', 'admin/tier-gates', patch);
      assert.deepEqual([refused.status, refused.answer.message, refused.answer.field], [400, message, undefined]);
    }
  });

  test('a body that is none is refused', async () => {
    const send = (headers, body) => fetch(`${target.url}/api/admin/economic-indicators`, { method: 'POST', headers, body });
    assert.equal((await send({ 'content-type': 'text/plain' }, '{}')).status, 415);
    assert.equal((await (await send({ 'content-type': 'application/json' }, '{')).json()).error, 'bad_json');
  });

  test('whoever is no administrator is refused', async () => {
    await target.hooks.play('set', { publicMode: false });
    const signIn = await fetch(`${target.url}/api/auth/sso?sso=${encodeURIComponent('{"tier":"navigator"}')}`, { redirect: 'manual' });
    const cookie = signIn.headers.get('set-cookie').split(';')[0];
    for (const path of ['stats', 'users', 'users/1', 'users/1/activity', 'activity/hourly', 'tier-gates', 'diagnostics', 'diagnostics/redis', 'economic-indicators', 'rss-articles']) {
      const refused = await fetch(`${target.url}/api/admin/${path}`, { headers: { cookie } });
      assert.deepEqual([refused.status, (await refused.json()).error], [403, 'admin_required'], path);
      assert.equal((await fetch(`${target.url}/api/admin/${path}`)).status, 401, path);
    }
    assert.equal((await fetch(`${target.url}/api/econ/schedule`, { headers: { cookie } })).status, 200, 'the schedule is for everybody');
    await target.hooks.play('set', { publicMode: true });
  });
}
