/** The statistics of the bench. */

export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The value that `share` of the sample is below; NaN of nothing. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? NaN;
}

export const median = (values) => quantile(values, 0.5);

/** How many of `stampsMs` lie in each whole second from the first instant to the last. */
export function perSecond(stampsMs, fromMs, toMs) {
  const counts = Array.from({ length: Math.floor((toMs - fromMs) / 1000) }, () => 0);
  for (const stamp of stampsMs) {
    const second = Math.floor((stamp - fromMs) / 1000);
    if (counts[second] !== undefined) counts[second] += 1;
  }
  return counts;
}

/** What `y` grows by when `x` grows by one, by least squares; 0 of fewer than two points. */
export function slope(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [meanX, meanY] = [sum(xs) / xs.length, sum(ys) / ys.length];
  const spread = sum(xs.map((x) => (x - meanX) ** 2));
  return spread > 0 ? sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / spread : 0;
}
