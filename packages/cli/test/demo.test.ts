import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import * as w from './lib/process.js';

beforeAll(w.ensureBuilt);
afterEach(w.cleanUp);

describe('lapse demo', () => {
  it('shows real conversations lapsing, and that A, B and C keep 300 minutes while D gets 50', async () => {
    const scratch = w.tempFolder();
    const { code, out, err } = await w.lapse(['demo', '--speed', '0'], { env: { TMPDIR: scratch } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const minutesApart = (wrote: string, by: string): number =>
      (Date.parse(`2026-01-01T${by}`) - Date.parse(`2026-01-01T${wrote}`)) / 60_000;
    const kept = [
      ...out.matchAll(/^ {2}([A-D]) kept its (\d+) min: .* wrote at (\S+Z), limit (\d+) min .* nothing by (\S+Z)$/gm),
    ];
    expect(kept.map(([, label, minutes]) => `${label} ${minutes}`)).toEqual(['A 300', 'B 300', 'C 300', 'D 50']);
    for (const [, , minutes, wrote = '', limit, by = ''] of kept) {
      expect(limit).toBe(minutes);
      expect(minutesApart(wrote, by)).toBe(Number(minutes));
    }
    expect(out).toContain('merchant demo now gives a silent buyer 300 min (config version 1)');
    expect(out).toContain('merchant demo now gives a silent buyer 50 min (config version 2)');
    const closes = out.match(/closed as (buyer|agent)-silent/g) ?? [];
    expect(closes.length).toBeGreaterThan(12);
    expect(out).toMatch(/\n\d+ sessions have closed, each once, each at its deadline\./);
    // Nothing of it stays behind.
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('plays the same every time', async () => {
    const [once, again] = [await w.lapse(['demo', '--speed', '0']), await w.lapse(['demo', '--speed', '0'])];
    expect(again.out).toBe(once.out);
  });

  it('as JSON: one line an event, each close with its reason in a sentence', async () => {
    const { code, out } = await w.lapse(['demo', '--speed', '0', '--conversations', '3', '--json']);
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; at: string; session: string; why?: string });
    const closes = lines.filter(({ type }) => type === 'closed');
    expect(closes.length).toBeGreaterThanOrEqual(7);
    for (const { why } of closes) expect(why).toMatch(/^closed as /);
    const opened = lines.filter(({ type }) => type === 'opened').length;
    expect(closes).toHaveLength(opened);
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort());
  });

  it('needs no data folder, and stops at Ctrl-C with 130, leaving nothing behind', async () => {
    const scratch = w.tempFolder();
    const demo = new w.Running(['demo', '--speed', '1'], { env: { TMPDIR: scratch }, cwd: w.tempFolder() });
    await demo.says(/opened/);
    expect(await demo.end('SIGINT')).toMatchObject({ code: 130, err: 'stopped where it was safe\n' });
    expect(readdirSync(scratch)).toEqual([]);
  });
});
