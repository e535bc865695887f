const COUNT = /^\{(\d{1,9})(?:,(\d{0,9}))?\}/;

/** How often the `{…}` at the start of this text repeats what stands before it; undefined where it is no repetition. */
const repetition = (text: string): { readonly times: number; readonly length: number } | undefined => {
  const match = COUNT.exec(text);
  if (match === null) return undefined;
  const least = Number(match[1]);
  const most = match[2] === undefined || match[2] === '' ? least : Number(match[2]);
  return { times: Math.max(least, most, 1), length: match[0].length };
};

/** The length of the character class at the start of this text, brackets included. */
const classLength = (text: string): number => {
  let i = text[1] === '^' ? 2 : 1;
  if (text[i] === ']') i += 1;
  while (i < text.length && text[i] !== ']') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
};

/**
 * About how many steps a regular expression becomes when its repetitions are written out. It is looked at before the
 * expression is compiled: `(.{100}){100}` is a dozen letters and ten thousand steps.
 */
export const regexSize = (regex: string): number => {
  const outer: number[] = [];
  let total = 0;
  let last = 0;
  let i = 0;
  const atom = (size: number): void => {
    total += size;
    last = size;
  };
  while (i < regex.length) {
    const letter = regex[i]!;
    const repeated = letter === '{' ? repetition(regex.slice(i)) : undefined;
    if (repeated !== undefined) {
      total += last * (repeated.times - 1);
      last *= repeated.times;
      i += repeated.length;
    } else if (letter === '(') {
      outer.push(total);
      total = 0;
      i += 1;
    } else if (letter === ')') {
      const inside = total + 1;
      total = outer.pop() ?? 0;
      atom(inside);
      i += 1;
    } else {
      atom(1);
      i += letter === '\\' ? 2 : letter === '[' ? classLength(regex.slice(i)) : 1;
    }
  }
  return outer.reduce((sum, size) => sum + size, total);
};
