/** An SVG path of the values over the whole width, 1 px inside top and bottom; empty below two values. */
export function sparkPath(values: number[], width: number, height: number): string {
  if (values.length < 2) return '';
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const x = (n: number) => (n / (values.length - 1)) * width;
  const y = (value: number) => (range === 0 ? height / 2 : height - 1 - ((value - low) / range) * (height - 2));
  return values.map((value, n) => `${n === 0 ? 'M' : 'L'}${x(n).toFixed(1)} ${y(value).toFixed(1)}`).join('');
}
