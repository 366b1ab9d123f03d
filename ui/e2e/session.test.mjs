/** Signing in and out, being refused, and the settings. Exists only over the double, which can play any user. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep, withClock } from './sleep.mjs';
import { openBrowser, openPage, openTarget, shoot, SOON_MS, until, untilBadge } from './target.mjs';

const target = await openTarget();
const { play } = target.hooks;
let browser;

before(async () => {
  browser = play && (await openBrowser());
});

after(async () => {
  await browser?.close();
  await target.close();
});

const sso = (user, next = '/') => `${target.url}/api/auth/sso?next=${encodeURIComponent(next)}&sso=${encodeURIComponent(JSON.stringify(user))}`;

/** A desk where one must sign in, and a page on it. */
async function member(t, user, { next = '/', ...size } = {}) {
  await play('set', { publicMode: false });
  await play('gates', { mode: 'full_production', allowed_tiers: {} });
  const opened = await openPage(browser, `${target.url}/login`, size);
  t.after(async () => {
    await opened.close();
    await play('set', { publicMode: true });
  });
  if (user) await opened.page.goto(sso(user, next));
  return opened.page;
}

/** Plays the site where members come from: it sends whoever asks back as `user`. */
async function welcomedAs(page, user) {
  await page.route('https://members.example.org/**', (route) => {
    const back = `${new URL(route.request().url()).searchParams.get('redirect')}&sso=${encodeURIComponent(JSON.stringify(user))}`;
    return route.fulfill({ contentType: 'text/html', body: `<script>location = ${JSON.stringify(back)}</script>` });
  });
}

const signIn = (page) => page.getByRole('link', { name: 'Members of the desk' }).click();
const heatmapState = (page) => page.getByRole('region', { name: 'Heatmap' }).getAttribute('data-state');

if (play) {
  test('a stranger is led to the sign-in page and back to where they wanted to go', async (t) => {
    const page = await member(t, null);
    await page.goto(`${target.url}/settings/display`);
    await page.waitForURL('**/login?next=%2Fsettings%2Fdisplay');
    const way = page.getByRole('link', { name: 'Members of the desk' });
    const back = new URL(new URL(await way.getAttribute('href')).searchParams.get('redirect'));
    assert.equal(`${back.origin}${back.pathname}`, `${target.url}/api/auth/sso`);
    assert.equal(back.searchParams.get('next'), '/settings/display');
    await shoot(page, 'login-1440');
    await page.goto(`${target.url}/login?error=sso_expired`);
    await page.getByRole('alert').filter({ hasText: 'has expired' }).waitFor();
  });

  test('a member sees no administration, and signs out', async (t) => {
    const page = await member(t, { tier: 'navigator' }, { next: '/admin/users' });
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await page.getByRole('button', { name: 'Account of Ada Lovelace' }).click();
    assert.equal(await page.getByRole('menuitem', { name: 'Administration' }).count(), 0);
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/login?error=signed_out');
    await page.goto(target.url);
    await page.waitForURL('**/login');
  });

  test('a tier that is switched off while connected is refused soon', async (t) => {
    const page = await member(t, { tier: 'navigator' });
    await untilBadge(page, 'live');
    await play('gates', { allowed_tiers: { navigator: false } });
    await page.waitForURL('**/blocked?tier=navigator', { timeout: SOON_MS });
    await page.getByText('Navigator', { exact: true }).waitFor();
    await shoot(page, 'blocked-1440');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForURL('**/login');
  });

  test('a feature that is taken away is gated without a reload', async (t) => {
    const page = await member(t, { tier: 'observer' });
    await untilBadge(page, 'live');
    await until('the heatmap is there', async () => (await heatmapState(page)) === 'live');
    await play('gates', { mode: 'tier_gated' });
    await until('the heatmap is gated', async () => (await heatmapState(page)) === 'gated');
    await page.getByRole('region', { name: 'Heatmap' }).getByText('Not part of your tier.').waitFor();
    assert.equal(await page.getByTestId('heat-grid').count(), 0, 'nothing of it is left');
    const asked = [];
    page.on('request', (request) => request.url().includes('/api/models/heatmap') && asked.push(request.url()));
    await page.getByRole('button', { name: 'NDX', exact: true }).click();
    await page.locator('[data-testid=chart][data-symbol="I:NDX"]').waitFor();
    await until('the heatmap of NDX is gated', async () => (await heatmapState(page)) === 'gated');
    await shoot(page, 'gated-1440');
    assert.deepEqual(asked, [], 'nothing is asked for what is gated');
    await play('gates', { mode: 'full_production' });
    await until('the heatmap is back', async () => (await heatmapState(page)) === 'live');
  });

  test('what is gated while the gateway is away is gated when it is back', async (t) => {
    const page = await member(t, { tier: 'observer' });
    await untilBadge(page, 'live');
    await until('the heatmap is there', async () => (await heatmapState(page)) === 'live');
    await play('restart', { away_ms: 1500 });
    await play('gates', { mode: 'tier_gated' });
    await until('the heatmap is gated', async () => (await heatmapState(page)) === 'gated', 20_000);
    await untilBadge(page, 'live');
  });

  test('a tier that is switched off while the gateway is away is out when it is back, and refused', async (t) => {
    const page = await member(t, { tier: 'navigator' });
    await untilBadge(page, 'live');
    await play('restart', { away_ms: 1500 });
    await play('gates', { allowed_tiers: { navigator: false } });
    await page.waitForURL('**/login');
    await welcomedAs(page, { tier: 'navigator' });
    await signIn(page);
    await page.waitForURL('**/blocked?tier=navigator');
  });

  for (const [what, code] of [['revoke', 'session_revoked'], ['expire', 'session_expired']]) {
    test(`${code}: the page is left and says why`, async (t) => {
      const page = await member(t, { tier: 'navigator' }, { next: '/settings/profile' });
      await untilBadge(page, 'live');
      await play(what);
      await page.waitForURL(`**/login?next=%2Fsettings%2Fprofile&error=${code}`);
      await page.getByRole('alert').waitFor();
      await welcomedAs(page, { tier: 'navigator' });
      await signIn(page);
      await page.waitForURL('**/settings/profile');
      await untilBadge(page, 'live');
    });
  }

  test('a session that ran out while the laptop slept: signing in leads back to where one was', async (t) => {
    const page = await member(t, { tier: 'navigator' }, { next: '/settings/display', prepare: withClock });
    await untilBadge(page, 'live');
    await play('lapse');
    await sleep(play, page, 8 * 3600);
    await page.waitForURL('**/login?next=%2Fsettings%2Fdisplay&error=session_expired');
    await welcomedAs(page, { tier: 'navigator' });
    await signIn(page);
    await page.waitForURL('**/settings/display');
    await untilBadge(page, 'live');
  });

  test('a session that ended while the gateway was away is noticed when it is back', async (t) => {
    const page = await member(t, { tier: 'navigator' });
    await untilBadge(page, 'live');
    await play('restart', { away_ms: 1500 });
    await play('lapse');
    await page.waitForURL('**/login?error=session_expired');
  });

  test('an API that is down is waited for', async (t) => {
    await play('fail', { path: '/api/auth/config', status: 503 });
    t.after(() => play('heal'));
    const page = await member(t, null);
    await page.getByText('Service unavailable, retrying').waitFor();
    await play('heal');
    await page.getByRole('link', { name: 'Members of the desk' }).waitFor();
  });

  test('a zone is chosen, another session is ended', async (t) => {
    const page = await member(t, { tier: 'navigator' }, { next: '/settings/profile' });
    await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
    await page.getByText('Saved', { exact: true }).waitFor();
    const sessions = page.getByTestId('session');
    await sessions.first().waitFor();
    const count = await sessions.count();
    await page.getByRole('button', { name: /^End session of/ }).first().click();
    await until('one less', async () => (await sessions.count()) === count - 1);
  });

  for (const [name, size] of Object.entries({ 'settings-1440': { width: 1440, height: 900 }, 'settings-1024-light': { width: 1024, height: 800, theme: 'light' }, 'settings-390': { width: 390, height: 844, scale: 2 } })) {
    test(`${name}: nothing is cut off`, async (t) => {
      const page = await member(t, { tier: 'navigator' }, { next: '/settings/display', ...size });
      await page.getByRole('switch', { name: 'Keyboard shortcuts' }).waitFor();
      await untilBadge(page, 'live');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0);
      await shoot(page, name);
    });
  }

  test('with keys alone: help, settings, and back', async (t) => {
    const page = await member(t, { tier: 'navigator' });
    await untilBadge(page, 'live');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL('**/settings/profile');
    await until('the page has the focus', () => page.evaluate(() => document.activeElement?.id === 'content'));
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL(`${target.url}/`);
  });
}
