export const logWords = {
  severity: 'Least weight',
  severities: { calm: 'Everything', notice: 'Notices', alarm: 'Alarms' },
  nothing: 'Nothing of this kind has happened.',
  times: (n: number) => `×${n}`,
  fold: (n: number, text: string) => `${text}: ${n} times, show each`,
  since: (time: string) => `since ${time}`,
};
