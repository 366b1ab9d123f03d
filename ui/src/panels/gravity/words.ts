export const gravityWords = {
  show: (name: string, price: string) => `${name} ${price}: show it on the chart`,
  showHint: 'Show it on the chart',
  profileOf: (version: string, days: number, age: string) => `Profile ${version} · ${days} trading days · ${age} old`,
  source: (source: string) => `from ${source}`,
};
