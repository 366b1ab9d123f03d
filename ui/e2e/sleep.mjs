/** A laptop that is closed and opened again. */

/** For `prepare` of `openPage`: a clock that a test can move. It runs as the real one until then. */
export const withClock = (page) => page.clock.install();

/** Closed for `sec` seconds: time passes for the page and for the double of the gateway, and the line dies without a word. */
export async function sleep(play, page, sec) {
  await play('sleep', { sec });
  await page.clock.fastForward(sec * 1000);
}
