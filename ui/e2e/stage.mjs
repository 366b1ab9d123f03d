/** What most files of tests stand on: a target and a browser for all of their tests, closed after the last one. */
import { after } from 'node:test';
import { openBrowser, openTarget } from './target.mjs';

export const target = await openTarget();
export const browser = await openBrowser();

after(async () => {
  await browser.close();
  await target.close();
});
