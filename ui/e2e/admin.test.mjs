/** What an operator does on the administrators' pages. What writes, and what needs several people, exists only over the double. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, openTarget, SOON_MS, until, untilBadge } from './target.mjs';

const TABS = ['overview', 'users', 'gates', 'health', 'indicators', 'diagnostics'];
const SIZES = { 1440: { width: 1440, height: 900 }, 1024: { width: 1024, height: 900 }, 390: { width: 390, height: 844, scale: 2 } };
const ADMIN = { uid: 40, name: 'John von Neumann 39', tier: 'navigator', roles: ['subscriber', 'administrator'], is_admin: true };
const MEMBER = { uid: 9, name: 'Sofia Kovalevskaya', tier: 'activator', roles: ['subscriber'], subscription_tier: 'Activator (monthly)' };
const OPEN = { mode: 'full_production', allowed_tiers: { observer: true, activator: true, navigator: true, coaching: true }, tiers: { observer: {}, activator: {}, navigator: {} } };

const target = await openTarget();
const { play } = target.hooks;
let browser;

before(async () => {
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await target.close();
});

const titled = (page) => page.getByRole('heading', { level: 1, name: 'Administration' }).waitFor({ timeout: 20_000 });
const panel = (page, name) => page.getByRole('region', { name, exact: true });

async function settled(page) {
  await titled(page);
  await until('the panels', async () => (await page.locator('main [data-state]').count()) > 0 && (await page.locator('main [data-state=loading]').count()) === 0);
  await page.evaluate(() => document.fonts.ready);
}

/** `/admin/<tab>` once no panel of it loads any more. */
async function openTab(tab, size = {}) {
  const opened = await openPage(browser, `${target.url}/admin/${tab}`, size);
  await settled(opened.page);
  return opened;
}

/** A page of somebody who signed in. */
async function signedIn(t, user, path) {
  await play('set', { publicMode: false });
  const landing = `/api/auth/sso?next=${encodeURIComponent(path)}&sso=${encodeURIComponent(JSON.stringify(user))}`;
  const opened = await openPage(browser, target.url, { landing });
  t.after(async () => {
    await opened.close();
    await play('gates', OPEN);
    await play('set', { publicMode: true });
  });
  return opened.page;
}

const beyond = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

for (const tab of TABS) {
  for (const [name, size] of Object.entries(SIZES)) {
    test(`${tab} at ${name}: everything has its place`, async () => {
      const { page, complaints, close } = await openTab(tab, size);
      assert.deepEqual(await page.locator('main [data-state]').evaluateAll((all) => all.map(({ dataset }) => dataset.state).filter((state) => !['live', 'empty'].includes(state))), []);
      assert.equal(await beyond(page), 0, 'the page is as wide as the window');
      const small = await page.locator('main').locator('button, a, select, input').evaluateAll((all) => all.filter((each) => each.offsetParent && Math.min(each.offsetHeight, each.offsetWidth) < 24).map((each) => each.outerHTML.slice(0, 120)));
      assert.deepEqual(small, [], 'targets are 24 px at least');
      const cut = await page.locator('main section > header').evaluateAll((all) => all.filter((head) => head.scrollWidth > head.clientWidth).map((head) => head.textContent));
      assert.deepEqual(cut, [], 'the heads of panels hold what is in them');
      const current = await page.getByRole('navigation', { name: /administration/ }).locator('[aria-current]').boundingBox();
      assert.ok(current.x >= 0 && current.x + current.width <= size.width, 'one sees where one is');
      assert.deepEqual(complaints, []);
      await close();
    });
  }
}

test('a user is opened and left by keyboard, and the focus is where it was', async () => {
  const { page, complaints, close } = await openTab('users', SIZES[1440]);
  await page.locator('main tbody th button').first().focus();
  await page.keyboard.press('ArrowDown');
  const name = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name });
  await dialog.getByRole('table', { name: /Sessions/ }).waitFor();
  await until('its panels', async () => (await dialog.locator('[data-state=loading]').count()) === 0);
  for (let n = 0; n < 30; n += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.closest('dialog') !== null), 'focus stays in the dialog');
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
  assert.deepEqual(complaints, []);
  await close();
});

if (play) {
  test('an operator sees who is connected, and signs somebody out', async (t) => {
    const member = await signedIn(t, MEMBER, '/');
    await untilBadge(member, 'live');
    const page = await signedIn(t, ADMIN, '/admin/overview');
    await settled(page);
    const now = panel(page, 'Right now');
    assert.match(await now.getByRole('row', { name: /Sofia Kovalevskaya/ }).textContent(), /\d+ s1$/);
    await now.getByRole('link', { name: 'Sofia Kovalevskaya' }).click();
    await page.waitForURL('**/admin/users?search=Sofia+Kovalevskaya');
    const row = page.getByRole('row', { name: /sofia\.kovalevskaya@/ });
    await row.getByText('online').waitFor();
    await row.getByRole('button').click();
    const dialog = page.getByRole('dialog', { name: 'Sofia Kovalevskaya' });
    await dialog.getByRole('button', { name: 'Revoke all sessions' }).click();
    await dialog.getByText(/Sign Sofia Kovalevskaya out everywhere\? 3 sessions end at once/).waitFor();
    await dialog.getByRole('button', { name: 'Yes, revoke' }).click();
    await member.waitForURL('**/login?*error=session_revoked*', { timeout: SOON_MS });
    await dialog.getByText('3 sessions were revoked.').waitFor();
    await until('every session is over', async () => (await dialog.getByText('live', { exact: true }).count()) === 0);
    assert.ok(await dialog.getByRole('button', { name: 'Revoke all sessions' }).isDisabled());
    await page.keyboard.press('Escape');
    await row.getByText('away').waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/users', 'the operator stays');
  });

  test('a tier that is switched off is out, a feature that is closed is gated, and both take at once', async (t) => {
    await play('gates', OPEN);
    const activator = await signedIn(t, MEMBER, '/');
    const navigator = await signedIn(t, { uid: 5, name: 'Emmy Noether', tier: 'navigator' }, '/');
    await untilBadge(activator, 'live');
    await untilBadge(navigator, 'live');
    const page = await signedIn(t, ADMIN, '/admin/gates');
    await settled(page);
    await page.getByRole('switch', { name: 'Activator' }).click();
    await page.getByRole('button', { name: 'Gated by tier' }).click();
    await page.getByRole('combobox', { name: 'Heatmap, Navigator' }).selectOption('false');
    const limit = page.getByRole('textbox', { name: 'Active alerts, Every tier' });
    await limit.fill('some');
    await page.getByText('A whole number from −1; −1 is no limit.').waitFor();
    assert.ok(await page.getByRole('button', { name: /^Review/ }).isDisabled(), 'a limit that is none cannot be saved');
    await limit.fill('20');
    await page.getByRole('button', { name: 'Review 4 changes' }).click();
    const dialog = page.getByRole('dialog', { name: 'Save these changes?' });
    assert.deepEqual(await dialog.getByRole('listitem').allTextContents(), [
      'FeaturesEverything open → Gated by tier', 'Admission, Activatoradmitted → barred', 'Heatmap, NavigatorAs every tier (open) → closed', 'Active alerts, Every tierno limit → 20',
    ]);
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await activator.waitForURL('**/blocked?tier=activator', { timeout: SOON_MS });
    await page.getByText(/^Saved\./).waitFor();
    const heatmap = navigator.getByRole('region', { name: 'Heatmap', exact: true });
    await until('the heatmap is gated', async () => (await heatmap.getAttribute('data-state')) === 'gated');
    assert.equal(await page.getByRole('switch', { name: 'Activator' }).getAttribute('aria-checked'), 'false');
    assert.ok(await page.getByRole('button', { name: 'No changes' }).isDisabled());
    await page.reload();
    await settled(page);
    assert.equal(await page.getByRole('switch', { name: 'Activator' }).getAttribute('aria-checked'), 'false', 'it holds');
    assert.equal(await page.getByRole('textbox', { name: 'Active alerts, Every tier' }).inputValue(), '20');
  });

  test('of two who change the gates at once, the second is told and loses nothing', async (t) => {
    const page = await signedIn(t, ADMIN, '/admin/gates');
    await settled(page);
    await page.getByRole('switch', { name: 'Observer' }).click();
    await play('admin', { hasConflict: true });
    await page.getByRole('button', { name: 'Review 1 change' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByText(/Somebody else is changing the gates\. Try again\./).waitFor();
    await play('admin', { hasConflict: false });
    await play('gates', { allowed_tiers: { ...OPEN.allowed_tiers, navigator: false } });
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/^Saved\./).waitFor();
    assert.deepEqual(await page.getByRole('switch').evaluateAll((all) => all.slice(0, 3).map((each) => each.ariaChecked)), ['false', 'true', 'false'], 'both changes hold');
  });

  test('a dead service and a bus that is away are seen at a glance, and their return too', async (t) => {
    t.after(async () => {
      await play('service', { id: 'mesh', status: 'alive', state: 'running', beatAt: Date.now() / 1000 });
      await play('admin', { isMarketAway: false });
    });
    const { page, complaints, close } = await openTab('health', SIZES[1440]);
    await play('service', { id: 'mesh', status: 'dead', state: null, beatAt: Date.now() / 1000 - 95 });
    await play('alert', { type: 'heartbeat_miss', svc: 'mesh', late_sec: 65, timeout_sec: 30 });
    await page.getByText(/^mesh is dead/).waitFor();
    const first = panel(page, 'Services').locator('tbody tr').first();
    assert.match(await first.textContent(), /^meshdead–(9\d|1\d\d) s10 sHeartbeat missedHeartbeat missed · \d+ s ago$/);
    await panel(page, 'Services').getByText('1 needs attention').waitFor();
    await play('admin', { isMarketAway: true });
    await page.getByText(/^mesh is dead, market-redis is away\.$/).waitFor({ timeout: 15_000 });
    await panel(page, 'Models').getByText(/market-redis is away/).waitFor();
    await play('admin', { isMarketAway: false });
    await play('service', { id: 'mesh', status: 'alive', state: 'running', beatAt: Date.now() / 1000 });
    await until('mesh is well', async () => !(await page.getByText(/mesh is dead/).isVisible()), 15_000);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('an indicator is added, changed and deleted; what is wrong is told at its field', async () => {
    const { page, complaints, close } = await openTab('indicators', SIZES[1440]);
    const press = (name) => page.getByRole('button', { name, exact: true }).click();
    const field = (name) => page.getByLabel(name, { exact: true });
    const focused = () => page.evaluate(() => [document.activeElement.labels?.[0]?.textContent, document.activeElement.getAttribute('aria-invalid')]);
    const told = (name) => field(name).evaluate((control) => control.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id)?.textContent).join(' '));
    const row = (name) => panel(page, 'Indicators').getByRole('row', { name });
    const due = () => panel(page, 'Schedule').getByRole('listitem').filter({ hasText: 'Jackson Hole' }).count();

    await press('New indicator');
    await field('Key').fill('Jackson Hole');
    await press('Save');
    assert.deepEqual(await focused(), ['Key', 'true'], 'the first wrong field has the focus');
    assert.match(await told('Key'), /1 to 64 small letters/);
    assert.match(await told('Name'), /1 to 255 characters/);

    await field('Key').fill('gdp');
    await field('Name').fill('Jackson Hole');
    await page.getByRole('slider', { name: 'Rating' }).fill('8');
    await field('Cadence').selectOption('fixed_dates');
    await field('Add a date').fill('1890-08-21');
    await press('Add');
    await press('Save');
    await until('the gateway names the dates', async () => /1 to 400 days like/.test(await told('Add a date')));
    assert.deepEqual(await focused(), ['Add a date', 'true']);
    await press('Remove 1890-08-21');
    await field('Cadence').selectOption('weekly');
    await field('Weekday').selectOption('1');
    await press('Save');
    await until('the gateway names the key', async () => /There is an indicator with this key already/.test(await told('Key')));
    assert.deepEqual(await focused(), ['Key', 'true']);

    await field('Key').fill('jackson_hole');
    await press('Save');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row(/Jackson Hole/).waitFor();
    assert.match(await row(/Jackson Hole/).textContent(), /8 highevery Monday, 08:30Mon \d+ \w+yesjackson_hole$/);
    await until('it is in the schedule', async () => (await due()) === 2);

    await row(/Jackson Hole/).getByRole('button').click();
    await page.getByRole('slider', { name: 'Rating' }).fill('10');
    await field('Release time (ET)').fill('10:00');
    await press('Save');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until('the change is seen', async () => /10 criticalevery Monday, 10:00/.test(await row(/Jackson Hole/).textContent()));

    await press('Enter a result');
    await field('Indicator').selectOption('jackson_hole');
    await field('Actual').fill('0.3%');
    await field('Expected').fill('x'.repeat(33));
    await press('Save the result');
    assert.match(await told('Expected'), /A figure like 0\.3%, 227K or 52\.1/);
    await field('Expected').fill('0.2%');
    await press('Save the result');
    await page.getByText(/Saved: Jackson Hole 0\.3%, above/).waitFor();
    await page.keyboard.press('Escape');

    await row(/Jackson Hole/).getByRole('button').click();
    await press('Delete');
    await page.getByText(/Take Jackson Hole out of the schedule\?/).waitFor();
    await press('Yes, take it out');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until('it is out of the schedule', async () => (await due()) === 0);
    assert.match(await row(/Jackson Hole/).textContent(), /–nojackson_hole$/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Jackson Hole', 'the focus is where it was');
    assert.deepEqual(complaints.filter((text) => !/\b(400|409)\b/.test(text)), []);
    await close();
  });

  test('a key is looked up, and what it holds is read; secrets are not there', async () => {
    const { page, complaints, close } = await openTab('diagnostics', SIZES[1440]);
    await page.getByRole('button', { name: 'System' }).click();
    const pattern = page.getByLabel('Pattern', { exact: true });
    await pattern.fill('massive:*');
    await pattern.press('Enter');
    await page.getByRole('button', { name: 'massive:heartbeat' }).press('Enter');
    const value = panel(page, 'Value');
    await value.getByText('"service": "massive"').waitFor();
    assert.match(await value.textContent(), /massive:heartbeatstring\d+ BExpires in 15 s/);
    await pattern.fill('session:*');
    await pattern.press('Enter');
    await page.getByText('No key matches “session:*”.').waitFor();
    await page.getByRole('button', { name: 'Market' }).click();
    await pattern.fill('massive:chain*');
    await pattern.press('Enter');
    await page.getByRole('button', { name: 'massive:chain:latest' }).click();
    await value.getByText('Only the beginning is shown.').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  test('articles are reviewed where there are any', async (t) => {
    await play('admin', { hasArticles: true });
    t.after(() => play('admin', { hasArticles: false }));
    for (const size of Object.values(SIZES)) {
      const { page, complaints, close } = await openTab('articles', size);
      await page.locator('main tbody th button').first().click();
      await page.getByRole('link', { name: 'Open the article' }).waitFor();
      await page.getByLabel('Impact').selectOption('shock');
      await until('the list is narrower', async () => (await page.locator('main tbody tr').count()) === 6);
      assert.equal(await beyond(page), 0);
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  test('whoever is no administrator finds nothing there, nor keeps it when the rights are taken away', async (t) => {
    const nothing = (page) => page.getByRole('heading', { level: 1, name: 'There is nothing here' });
    const member = await signedIn(t, MEMBER, '/admin/users');
    await nothing(member).waitFor();
    assert.equal(await member.evaluate(async () => (await fetch('/api/admin/users')).status), 403);
    const page = await signedIn(t, ADMIN, '/admin/health');
    await settled(page);
    await play('rights', { uid: ADMIN.uid, is_admin: false, roles: ['subscriber'] });
    await nothing(page).waitFor({ timeout: 15_000 });
    await untilBadge(page, 'live');
  });
}
