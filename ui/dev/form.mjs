/** Bodies of requests as the gateway reads them, field by field: what is wrong is told with its name and what was expected. */

export class Invalid extends Error {
  constructor(field, expected) {
    super(`${field}: expected ${expected}`);
    this.field = field;
  }
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const length = (text) => [...text].length;
const isControl = (text) => /\p{Cc}/u.test(text);

/** The fields of `body`, which may be those of `known`. An absent field is undefined. */
export function form(body, known, prefix = '') {
  if (!isObject(body)) throw new Invalid(prefix === '' ? 'body' : prefix.slice(0, -1), 'a JSON object');
  const stranger = Object.keys(body).toSorted().find((name) => !known.includes(name));
  if (stranger !== undefined) throw new Invalid(`${prefix}${stranger}`, `one of ${known.join(', ')}`);
  const refuse = (name, expected) => { throw new Invalid(`${prefix}${name}`, expected); };
  const read = (name, expected, take) => {
    if (!(name in body)) return undefined;
    const value = take(body[name]);
    return value === undefined ? refuse(name, expected) : value;
  };
  return {
    value: (name) => body[name],
    refuse,
    text: (name, least, most) => read(name, `a text of ${least} to ${most} characters`, (value) => {
      const text = typeof value === 'string' ? value.trim() : undefined;
      return text !== undefined && length(text) >= least && length(text) <= most && !isControl(text) ? text : undefined;
    }),
    prose: (name, most) => read(name, `a text of up to ${most} characters`, (value) => {
      if (value === null) return null;
      const text = typeof value === 'string' ? value.trim() : undefined;
      if (text === undefined || length(text) > most || isControl(text.replaceAll(/[\n\r\t]/g, ''))) return undefined;
      return text === '' ? null : text;
    }),
    whole: (name, least, most) => read(name, `a whole number from ${least} to ${most}`, (value) => (Number.isInteger(value) && value >= least && value <= most ? value : undefined)),
    flag: (name) => read(name, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    word: (name, words, expected) => read(name, expected, (value) => (words.includes(value) ? value : undefined)),
  };
}
