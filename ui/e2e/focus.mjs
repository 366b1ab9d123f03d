/** A walk through a page with Tab alone: whether every control is reached, and whether it can be seen where one is. */

const MOST_STOPS = 400;

/** Goes all round the page with Tab, from where the focus is: `{faults, count}`. */
export async function goRound(page) {
  await page.evaluate(watchFocus);
  let repeats = 0;
  for (let n = 0; n < MOST_STOPS && repeats < 3; n += 1) {
    await page.keyboard.press('Tab');
    const isNew = await page.evaluate(() => window.focusWatch.stop());
    repeats = isNew === null ? repeats + 1 : 0;
  }
  return page.evaluate(() => window.focusWatch.end());
}

/** Put into the page: what is known of the places where the focus was. */
function watchFocus() {
  const seen = new Set();
  const faults = new Set();
  const named = (element) => `${element.tagName.toLowerCase()} “${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}” ${element.className}`;
  const look = ({ element, part }) => {
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset, boxShadow } = getComputedStyle(element, part);
    return { outline: outlineStyle === 'none' ? null : { px: Number.parseFloat(outlineWidth), offset: Number.parseFloat(outlineOffset), colour: outlineColor }, boxShadow };
  };

  const rgba = (text) => {
    const [, form, parts] = /^(rgba?\(|color\(srgb )(.+)\)$/.exec(text) ?? [];
    if (!form) throw new Error(`a colour of another form: ${text}`);
    const [r, g, b, a = 1] = parts.split(/[\s,/]+/).map(Number);
    const whole = form.startsWith('color') ? 255 : 1;
    return [r * whole, g * whole, b * whole, a];
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => (part / 255 <= 0.040_45 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };

  /** How many of the four sides of the ring are inside of everything that cuts off what is outside of it. */
  const sidesShown = (element, { px, offset }) => {
    const rect = element.getBoundingClientRect();
    const ring = { left: rect.left - offset - px, top: rect.top - offset - px, right: rect.right + offset + px, bottom: rect.bottom + offset + px };
    const box = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      const { overflowX, overflowY, position } = getComputedStyle(at);
      if (overflowX === 'visible' && overflowY === 'visible') continue;
      const cut = at.getBoundingClientRect();
      box.left = Math.max(box.left, cut.left);
      box.right = Math.min(box.right, cut.right);
      box.top = Math.max(box.top, cut.top);
      box.bottom = Math.min(box.bottom, cut.bottom);
      if (position === 'fixed' || at.matches(':popover-open, dialog')) break;
    }
    const slack = 0.6;
    return [ring.left + slack >= box.left, ring.top + slack >= box.top, ring.right - slack <= box.right, ring.bottom - slack <= box.bottom].filter(Boolean).length;
  };

  /** A control that is not drawn itself lets what is around it wear the ring, or a part that it draws over it. */
  const wearers = (control) => [control, control.parentElement, control.parentElement?.parentElement]
    .flatMap((element) => (element?.checkVisibility({ opacityProperty: true }) ? [{ element, part: null }, { element, part: '::after' }] : []));
  const hasRing = (held, free) => held.outline !== null && held.outline.px >= 2 && JSON.stringify(held.outline) !== JSON.stringify(free.outline);

  const judge = async (element) => {
    const rect = element.getBoundingClientRect();
    const isIn = rect.bottom > 0 && rect.top < innerHeight && rect.right > 0 && rect.left < innerWidth;
    if (!isIn) faults.add(`${named(element)} is out of view`);
    const [x, y] = [(Math.max(0, rect.left) + Math.min(innerWidth, rect.right)) / 2, (Math.max(0, rect.top) + Math.min(innerHeight, rect.bottom)) / 2];
    const top = isIn ? document.elementFromPoint(x, y) : null;
    if (top && !element.contains(top) && !top.contains(element)) faults.add(`${named(element)} is below ${named(top)}`);

    const all = wearers(element);
    const held = all.map(look);
    element.blur();
    const free = all.map(look);
    element.focus({ preventScroll: true });
    const at = all.findIndex((_, n) => hasRing(held[n], free[n]) || held[n].boxShadow !== free[n].boxShadow);
    if (at < 0) return faults.add(`${named(element)} looks the same with the focus`);
    const { outline } = held[at];
    if (!hasRing(held[at], free[at])) return undefined;
    const { element: wearer, part } = all[at];
    const told = contrast(rgba(outline.colour), outline.offset < 0 || part ? behind(wearer) : behind(wearer.parentElement));
    if (told < 3) faults.add(`the ring of ${named(element)} has a contrast of ${told.toFixed(2)}`);
    const shown = () => (part ? 4 : sidesShown(wearer, outline));
    // It may still be on its way into view.
    for (let frames = 0; shown() < 4 && frames < 30; frames += 1) await new Promise((resume) => requestAnimationFrame(resume));
    const sides = shown();
    if (sides < 4) faults.add(`of the ring of ${named(element)} ${sides} sides are shown`);
    return undefined;
  };

  const COMPOSITE = '[role=menu], [role=grid], [role=tablist], [role=listbox], [role=radiogroup], [role=toolbar]';
  const isUncheckedRadio = (element) => element.type === 'radio' && !element.checked && document.querySelector(`input[type=radio][name="${CSS.escape(element.name)}"]:checked`) !== null;

  window.focusWatch = {
    /** Notes where the focus is; whether that is a new place. */
    stop: async () => {
      const element = document.activeElement;
      if (!element || element === document.body) return false;
      if (seen.has(element)) return null;
      seen.add(element);
      await judge(element);
      return true;
    },
    end: () => {
      const dialog = document.querySelector('dialog[open]');
      const controls = [...(dialog ?? document).querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter((element) =>
        element.checkVisibility({ checkVisibilityCSS: true }) && !element.disabled && element.closest('[inert]') === null && !isUncheckedRadio(element));
      for (const element of controls) {
        const isControl = element.matches('a[href], button, input, select, textarea');
        if (element.tabIndex >= 0 && !seen.has(element)) faults.add(`${named(element)} is not reached`);
        if (element.tabIndex < 0 && isControl && element.closest(COMPOSITE) === null) faults.add(`${named(element)} cannot be reached`);
      }
      return { faults: [...faults], count: seen.size };
    },
  };
}
