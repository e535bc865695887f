/** Why a text that is valid JSON is refused all the same; `undefined` for one that says one thing only. */
export type JsonFault = string | undefined;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NAME_SHOWN_CHARS_MAX = 40;

/**
 * Looks for what `JSON.parse` lets through silently: a name that stands twice in one object (the last would win), the
 * name `__proto__`, half a surrogate pair (it would be stored as something else), and nesting beyond `depthMax`. `text`
 * must be valid JSON. Reads each character once.
 */
export const scanJson = (text: string, depthMax: number): JsonFault => {
  /** The names seen in each object that is open; an array has none. */
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === depthMax) return `objects and arrays stand more than ${depthMax} deep in each other`;
      open.push(code === OPEN_BRACE ? new Set() : undefined);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
    } else if (code === QUOTE) {
      const end = endOfString(text, i);
      const value = unescaped(text, i, end);
      if (LONE_SURROGATE.test(value)) return 'a text holds half a surrogate pair';
      if (isName(text, end)) {
        const fault = faultOfName(value, open.at(-1));
        if (fault !== undefined) return fault;
      }
      i = end;
    }
  }
  return undefined;
};

const endOfString = (text: string, start: number): number => {
  let i = start + 1;
  while (text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
};

const unescaped = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
};

const isName = (text: string, end: number): boolean => {
  let i = end + 1;
  while (text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === COLON;
};

const faultOfName = (name: string, seen: Set<string> | undefined): JsonFault => {
  if (name === '__proto__') return 'the name "__proto__" is not taken';
  if (seen?.has(name) === true) return `the name ${JSON.stringify(name.slice(0, NAME_SHOWN_CHARS_MAX))} stands twice`;
  seen?.add(name);
  return undefined;
};
