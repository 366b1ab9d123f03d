import { expect, test } from 'vitest';
import { sparkPath } from './sparkPath';

test.each<[string, number[], string]>([
  ['nothing', [], ''],
  ['one price is no course', [5], ''],
  ['a rise', [1, 3], 'M0.0 23.0L64.0 1.0'],
  ['a flat course runs in the middle', [4, 4], 'M0.0 12.0L64.0 12.0'],
])('%s', (_name, values, path) => {
  expect(sparkPath(values, 64, 24)).toBe(path);
});
