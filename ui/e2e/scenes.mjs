/** Every page, and what opens on it, for the tests that look at all of them. A scene that plays the gateway exists only over the double. */
import { openPage, until, untilBadge } from './target.mjs';

export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

const ADMIN_TABS = ['overview', 'users', 'gates', 'health', 'indicators', 'articles', 'diagnostics'];
const PHONE_TABS = ['Heatmap', 'Risk', 'Gravity', 'Prices', 'Fleet'];

const settled = (page) => until('no panel loads', async () => (await page.locator('main [data-state]').count()) > 0 && (await page.locator('main [data-state=loading]').count()) === 0, 30_000);
const headed = (name) => (page) => page.getByRole('heading', { level: 1, name }).waitFor();

async function live(page) {
  await untilBadge(page, 'live');
  await settled(page);
}

async function workspace(page) {
  await live(page);
  await page.getByTestId('regime').waitFor({ timeout: 30_000 });
  await until('bars in the chart', async () => Number(await page.getByTestId('chart').getAttribute('data-bars')) > 0, 30_000);
}

/** With the card of the cheapest butterfly. */
async function carded(page) {
  await workspace(page);
  await page.getByRole('button', { name: 'Cheapest' }).click();
  await until('a tile has the focus', () => page.evaluate(() => document.activeElement?.role === 'gridcell'));
  await page.keyboard.press('Enter');
  await page.getByTestId('tile-card').waitFor();
}

/** With that butterfly on the risk graph. */
async function traded(page) {
  await carded(page);
  await page.keyboard.press('Enter');
  await page.getByTestId('risk-summary').waitFor();
}

const clicked = (role, name, appears) => async (page) => {
  await workspace(page);
  await page.getByRole(role, { name }).first().click();
  await page.getByRole(...appears).first().waitFor();
};

const pages = [
  { name: 'login', path: '/login?error=sso_expired', ready: (page) => page.getByRole('main').getByRole('listitem').first().waitFor() },
  { name: 'blocked', path: '/blocked?tier=observer', ready: headed(/membership/) },
  { name: 'workspace', path: '/', ready: workspace },
  { name: 'settings: profile', path: '/settings/profile', ready: live },
  { name: 'settings: display', path: '/settings/display', ready: live },
  ...ADMIN_TABS.map((tab) => ({ name: `admin: ${tab}`, path: `/admin/${tab}`, ready: settled, needs: tab === 'articles' ? { admin: { hasArticles: true } } : null })),
  { name: 'not found', path: '/nowhere', ready: headed(/nothing here/) },
];

const opened = [
  { name: 'workspace with a position', path: '/', ready: traded },
  { name: 'a tile of the heatmap', path: '/', ready: carded },
  { name: 'a new position', path: '/', ready: clicked('button', /^New/, ['dialog']) },
  { name: 'the overlays', path: '/', ready: clicked('button', /^Overlays/, ['group', { name: /overlays/i }]) },
  { name: 'the table of bars', path: '/', ready: clicked('button', 'Table', ['table']) },
  { name: 'the panel menu', path: '/', ready: clicked('button', /^Arrange SPX price/, ['menu']) },
  { name: 'the account menu', path: '/', ready: clicked('button', /^Account of/, ['menu']) },
  { name: 'the keys', path: '/', ready: async (page) => {
    await workspace(page);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  } },
  { name: 'a user', path: '/admin/users', ready: async (page) => {
    await settled(page);
    await page.locator('main tbody th button').first().click();
    await page.getByRole('dialog').waitFor();
    await until('its panels', async () => (await page.locator('dialog [data-state=loading]').count()) === 0);
  } },
];

const faults = [
  { name: 'prices that stand still', path: '/', hurt: 'massive', ready: async (page) => {
    await page.getByTestId('stale-badge').first().waitFor({ timeout: 30_000 });
    // The look of old data fades in.
    await until('faded', () => page.evaluate(() => document.getAnimations().every(({ playState }) => playState !== 'running')));
  } },
];

const both = (scenes) => ['dark', 'light'].flatMap((theme) => scenes.map((scene) => ({ ...scene, name: `${scene.name}, ${theme}`, theme })));

/** All of them, each `{name, path, ready, theme, needs}` and a size. */
export const SCENES = [
  ...both([...pages, ...opened, ...faults]).map((scene) => ({ ...scene, ...WIDE })),
  ...pages.map((scene) => ({ ...scene, ...PHONE, name: `${scene.name}, 390 px`, theme: 'dark' })),
  ...PHONE_TABS.map((tab) => ({
    ...PHONE, name: `workspace: ${tab}, 390 px`, path: '/', theme: 'light', ready: async (page) => {
      await workspace(page);
      await page.getByRole('navigation').getByRole('button', { name: tab }).click();
      await settled(page);
    },
  })),
];

/** Plays what the scene needs and opens it in a page of its own, without motion. `{page, close}`; null where it cannot be played. */
export async function openScene(browser, { url, hooks }, { path, ready, theme, width, height, needs, hurt }) {
  const plays = Object.entries(needs ?? {});
  if ((plays.length > 0 && !hooks.play) || (hurt && !hooks.stopMassive)) return null;
  await Promise.all(plays.map(([what, change]) => hooks.play(what, change)));
  const { page, close } = await openPage(browser, `${url}${path}`, { width, height, theme });
  const end = async () => {
    await close();
    if (hurt) await hooks.startMassive();
  };
  try {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    if (hurt) {
      await workspace(page);
      await hooks.stopMassive();
    }
    await ready(page);
    await page.evaluate(() => document.fonts.ready);
  } catch (error) {
    await end();
    throw error;
  }
  return { page, close: end };
}
