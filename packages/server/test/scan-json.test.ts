import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scanJson } from '../src/http/scan-json.js';

const DEPTH = 16;
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('the scan of a body', () => {
  it('passes whatever JSON.stringify writes, unless it is too deep, and never loses its place', () =>
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20, stringUnit: 'grapheme' }), fc.constantFrom(0, 2), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const hasProto = text.includes('"__proto__":');
        expect(scanJson(text, DEPTH) === undefined).toBe(depthOf(value) <= DEPTH && !hasProto);
      }),
      { seed: Number(process.env['LAPSE_SEED'] ?? 20), numRuns: 1_000 },
    ));
  it('finds a name that stands twice, at any depth and however it is escaped', () =>
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: 10 }), fc.boolean(), (name, depth, isEscaped) => {
        const plain = JSON.stringify(name);
        const escaped = `"${[...name].flatMap((char) => Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`)).join('')}"`;
        const inner = `{${plain}:1,"other ${'x'.repeat(50)}":{${plain}:2},${isEscaped ? escaped : plain} :3}`;
        const fault = scanJson('['.repeat(depth) + inner + ']'.repeat(depth), DEPTH);
        expect(fault).toContain(name === '__proto__' ? 'not taken' : 'twice');
      }),
      { seed: Number(process.env['LAPSE_SEED'] ?? 20), numRuns: 500 },
    ));
  it('lets a name stand once in each of many objects', () => {
    expect(scanJson('{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"a\\":"}', DEPTH)).toBeUndefined();
  });
  it('counts depth from the outermost object, which is 1', () => {
    expect(scanJson('['.repeat(DEPTH) + ']'.repeat(DEPTH), DEPTH)).toBeUndefined();
    expect(scanJson('['.repeat(DEPTH + 1) + ']'.repeat(DEPTH + 1), DEPTH)).toContain('deep');
  });
});
