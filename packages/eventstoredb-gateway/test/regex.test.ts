import { describe, expect, it } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { regexSize } from '../src/read/regex-size.js';
import { clientRegex } from '../src/read/regex.js';

const LIMITS = { regexCharsMax: 512, regexProgramMax: 1000 };
const matches = (regex: string, text: string): boolean => clientRegex(regex, LIMITS).test(text);

describe('a regular expression from a client', () => {
  it.each([
    ['^[^$].*', 'opened', true],
    ['^[^$].*', '$metadata', false],
    ['^session-[0-9A-HJKMNP-TV-Z]{26}$', 'session-01ARZ3NDEKTSV4RRFFQ69G5FAV', true],
    ['ess', 'session-1', true],
    ['^(a|b)+c?$', 'abab', true],
    ['^[0-9]*_regex_filter_[A-z]*$', '12_regex_filter_ab', true],
    ['(?i)SESSION', 'session-1', true],
    ['^(?<name>x)y', 'xy', true],
    ['^(?!\\$)', '$metadata', false],
    ['^(?!\\$)', 'opened', true],
    ['^(?!(\\$.+|PersistentConfig\\d+)$)', 'PersistentConfig1', false],
    ['^(?!(\\$.+|PersistentConfig\\d+)$)', 'PersistentConfig1x', true],
    ['^(?!a)(?!b)[ab]?c', 'ac', false],
    ['^(?!a)(?!b)[ab]?c', 'bc', false],
    ['^(?!a)(?!b)[ab]?c', 'c', true],
    ['^(?!(a|[)]b)x)', 'ax', false],
    ['^(?!(a|[)]b)x)', 'ay', true],
  ])('%s on %s: %s', (regex, text, expected) => expect(matches(regex, text)).toBe(expected));

  it.each(['a(?=b)', '(?<=a)b', 'a(?!b)', '(a)\\1', '(', '[', 'a{2,1}', '^(?!a', '^(?!a(?!b))'])(
    '%s is refused',
    (regex) => expect(() => clientRegex(regex, LIMITS)).toThrow(/not supported/),
  );

  it.each(['.{1000}.{1000}', '((a{30}){30}){30}', '(abcdefghij){900}', 'x'.repeat(513), '[a]{600}b{600}'])(
    '%s is too large, and said to be so before it is compiled',
    (regex) => expect(() => clientRegex(regex, LIMITS)).toThrow(/too (large|long)/),
  );

  it('its size is reckoned with classes, escapes, groups and repetitions', () => {
    expect(regexSize('abc')).toBe(3);
    expect(regexSize('a{10}')).toBe(10);
    expect(regexSize('a{2,10}')).toBe(10);
    expect(regexSize('a{5,}')).toBe(5);
    expect(regexSize('[a-z]{10}')).toBe(10);
    expect(regexSize('[]{5}]{2}')).toBe(2);
    expect(regexSize('\\{{3}')).toBe(3);
    expect(regexSize('(ab){10}')).toBe(30);
    expect(regexSize('a{')).toBe(2);
  });

  it('takes time linear in the text, where a backtracking engine never ends', () => {
    const evil = ['(a+)+$', '(a|aa)+$', '(.*)*b', '(a*)*(a*)*b', '([a-z]+)*=', '^(a?){50}a{50}$'];
    const text = `${'a'.repeat(1000)}!`;
    const startedAt = performance.now();
    for (const regex of evil) clientRegex(regex, LIMITS).test(text);
    // Not a measurement: any of them would take longer than the world has existed.
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});
