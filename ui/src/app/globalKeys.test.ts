import { expect, test } from 'vitest';
import { NO_KEYS, type Press, pressed, type Wish } from './globalKeys';

const GO_SETTINGS: Wish = { kind: 'go', to: '/settings/profile' };

test.each<[string, (string | Partial<Press>)[], Wish | null]>([
  ['? asks for help', ['?'], { kind: 'help' }],
  ['n asks for a new position', ['n'], { kind: 'new' }],
  ['n with a modifier is the browser\'s', [{ key: 'n', isModified: true }], null],
  ['g and d lead to the workspace', ['g', 'd'], { kind: 'go', to: '/' }],
  ['g and s lead to the settings', ['g', 's'], GO_SETTINGS],
  ['a screen that does not exist is nowhere', ['g', 'j'], null],
  ['d alone is nothing', ['d'], null],
  ['a key between the two breaks the pair', ['g', 'x', 'd'], null],
  ['g twice begins again', ['g', 'g', 's'], GO_SETTINGS],
  ['too late', ['g', { key: 's', atMs: 1600 }], null],
  ['with a modifier it is the browser\'s', [{ key: '?', isModified: true }], null],
  ['in a field it is text', [{ key: '?', isTaken: true }], null],
  ['g in a field begins nothing', [{ key: 'g', isTaken: true }, 'd'], null],
])('%s', (_name, keys, expected) => {
  let state = NO_KEYS;
  let wish: Wish | null = null;
  for (const key of keys) {
    const press: Press = { key: '', isModified: false, isTaken: false, atMs: 10, ...(typeof key === 'string' ? { key } : key) };
    ({ state, wish } = pressed(state, press));
  }
  expect(wish).toEqual(expected);
});
