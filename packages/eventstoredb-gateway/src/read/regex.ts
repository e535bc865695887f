import { RE2JS } from 're2js';
import { handlerThrew } from '../failure.js';
import { regexSize } from './regex-size.js';

export interface RegexLimits {
  readonly regexCharsMax: number;
  readonly regexProgramMax: number;
}

export interface Regex {
  /** Whether it matches anywhere in the text, in time proportional to {@link steps} times the text's length. */
  test(text: string): boolean;
  readonly steps: number;
}

const NOT = '^(?!';

/** `^(?!a)b` as "not a, and b"; undefined where the regular expression does not start so. */
const splitNot = (regex: string): { readonly not: string; readonly rest: string } | undefined => {
  if (!regex.startsWith(NOT)) return undefined;
  let depth = 1;
  let inClass = false;
  for (let i = NOT.length; i < regex.length; i += 1) {
    const letter = regex[i]!;
    if (letter === '\\') i += 1;
    else if (letter === '[') inClass = true;
    else if (letter === ']') inClass = false;
    else if (!inClass && letter === '(') depth += 1;
    else if (!inClass && letter === ')') depth -= 1;
    if (depth === 0) return { not: `^(?:${regex.slice(NOT.length, i)})`, rest: `^${regex.slice(i + 1)}` };
  }
  return undefined;
};

const compile = (regex: string, limits: RegexLimits): RE2JS => {
  if (regexSize(regex) > limits.regexProgramMax) throw handlerThrew('The regular expression is too large.');
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(regex);
  } catch (error) {
    throw handlerThrew(
      `The regular expression is not supported: ${error instanceof Error ? error.message : 'invalid'}.`,
    );
  }
  if (compiled.programSize() > limits.regexProgramMax) throw handlerThrew('The regular expression is too large.');
  return compiled;
};

/**
 * A regular expression from a client, on an engine whose time is linear in the text: no expression can stall the server.
 * Look-around and back-references are therefore refused, but for look-aheads at the very start that say what must *not*
 * follow: the official Python client excludes system events so.
 */
export const clientRegex = (regex: string, limits: RegexLimits): Regex => {
  if (regex.length > limits.regexCharsMax) throw handlerThrew('The regular expression is too long.');
  const excluded: RE2JS[] = [];
  let rest = regex;
  for (let split = splitNot(rest); split !== undefined; split = splitNot(rest)) {
    excluded.push(compile(split.not, limits));
    rest = split.rest;
  }
  const included = compile(rest, limits);
  const steps = [...excluded, included].reduce((sum, part) => sum + part.programSize(), 0);
  return { steps, test: (text) => included.test(text) && !excluded.some((part) => part.test(text)) };
};
