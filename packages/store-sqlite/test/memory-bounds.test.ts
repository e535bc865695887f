import { describe, expect, it } from '@jest/globals';
import { BoundedMap } from '../src/bounded-map.js';
import { ByteArena } from '../src/byte-arena.js';

describe('a bounded map', () => {
  it('forgets what was not asked for lately and keeps what is in use', () => {
    const map = new BoundedMap<number, number>(10);
    map.set(0, 100);
    for (let key = 1; key <= 1000; key += 1) {
      map.set(key, key);
      expect(map.get(0)).toBe(100);
      expect(map.get(key)).toBe(key);
    }
    for (let key = 1; key < 980; key += 1) expect(map.get(key)).toBeUndefined();
    map.clear();
    expect(map.get(0)).toBeUndefined();
  });
});

describe('the memory of waiting appends', () => {
  it('holds copies that nobody else changes, short and long ones', () => {
    const arena = new ByteArena();
    const lengths = [0, 1, 100, 16_384, 16_385, 300_000, ...Array.from({ length: 200 }, (_, i) => i * 37)];
    const originals = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
    const copies = originals.map((bytes) => arena.copy(bytes));
    for (const bytes of originals) bytes.fill(0);
    copies.forEach((copy, i) => expect(copy).toEqual(new Uint8Array(lengths[i]!).fill(i + 1)));
  });

  it('is used again once nobody needs it', () => {
    const arena = new ByteArena();
    const first = arena.copy(new Uint8Array(10).fill(1));
    arena.reset();
    const second = arena.copy(new Uint8Array(10).fill(2));
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(first.byteOffset);
  });
});
