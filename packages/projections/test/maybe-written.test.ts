import { describe, expect, it } from '@jest/globals';
import { MaybeWritten } from '../src/keyed/maybe-written.js';

describe('what may be in the file', () => {
  it('is never missed once it has been written, and is rarely asked for in vain', () => {
    const written = new MaybeWritten();
    const key = (i: number): string => `m${i % 700}/2026-03-01T${i}`;
    for (let i = 0; i < 50_000; i++) written.add(key(i));
    for (let i = 0; i < 50_000; i++) expect(written.has(key(i))).toBe(true);
    const inVain = Array.from({ length: 50_000 }, (_, i) => written.has(key(50_000 + i))).filter(Boolean).length;
    expect(inVain).toBeLessThan(500);
  });
});
