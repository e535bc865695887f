import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { closeReasons, encodeEvent, formatInstant, readEvent, timeoutRules, type LapseEvent } from '@lapse/domain';
import { closedAsSpelled, openedAsSpelled, queuedAsSpelled } from '../src/pipeline/own-spelling.js';

const seed = Number(process.env['LAPSE_SEED'] ?? 20);

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const id = fc.stringMatching(/^[A-Za-z0-9._~-]{1,64}$/);
const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ minLength: 1, maxLength, unit: 'grapheme' });
const atMs = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
const actor = fc.record({ role: fc.constantFrom('system', 'merchant-main'), id });
const proof = fc.record({
  rule: fc.constantFrom(...timeoutRules),
  limitMinutes: fc.integer({ min: 1, max: 4_320 }),
  configVersion: fc.nat(),
  anchor: fc.record({
    revision: fc.nat(),
    type: fc.constantFrom('opened', 'message-from-agent'),
    occurredAt: atMs.map(formatInstant),
  }),
  deadline: atMs.map(formatInstant),
});

const opened = fc.record({
  merchantId: id,
  openedBy: fc.constantFrom('buyer' as const, 'agent' as const, 'system' as const),
  buyerId: optional(id),
  agentId: optional(id),
  externalId: optional(text(256)),
  previousSessionId: optional(fc.constant('01HQ0000000000000000000000')),
});
const queued = fc.record({ queueId: optional(text(128)) });
const closed = fc.record({
  reason: fc.constantFrom(...closeReasons),
  closedBy: optional(actor),
  sourceReason: optional(text(64)),
  proof: optional(proof),
});

const written = (type: LapseEvent['type'], data: object, occurredAtMs = 0): { json: string; read: unknown } => {
  const event = encodeEvent('', { type, occurredAtMs, data } as LapseEvent);
  const read = readEvent(event);
  return { json: Buffer.from(event.data).toString(), read: read.kind === 'event' ? read.event.data : read };
};

const each = [
  { type: 'opened', data: opened, pick: openedAsSpelled },
  { type: 'queued', data: queued, pick: queuedAsSpelled },
  { type: 'closed', data: closed, pick: closedAsSpelled },
] as const;

describe.each(each)('an event $type that Lapse has written', ({ type, data, pick }) => {
  it('is known by its spelling, and gives what reading it with care gives', () => {
    let picked = 0;
    fc.assert(
      fc.property(data as fc.Arbitrary<object>, atMs, (fields, occurredAtMs) => {
        const { json, read } = written(type, fields, occurredAtMs);
        // What needs escapes is left to whoever parses it.
        if (json.includes('\\')) {
          expect(pick(json)).toBeUndefined();
        } else {
          expect(pick(json)).toEqual(read);
          picked++;
        }
      }),
      { seed, numRuns: 1_000 },
    );
    expect(picked).toBeGreaterThan(200);
  });
});

describe('an event that is spelled otherwise', () => {
  const usual = written('opened', { merchantId: 'm1', openedBy: 'buyer', buyerId: 'b1' }).json;
  const timeout = {
    rule: 'buyer-silent',
    limitMinutes: 20,
    configVersion: 1,
    anchor: { revision: 4, type: 'message-from-agent', occurredAt: '2026-03-01T10:00:00.000Z' },
    deadline: '2026-03-01T10:20:00.000Z',
  };
  const proven = written('closed', { reason: 'buyer-silent', proof: timeout }).json;

  it.each([
    ['with a space', usual.replace(':', ': ')],
    [
      'with a field behind another',
      usual.replace('"openedBy":"buyer","buyerId":"b1"', '"buyerId":"b1","openedBy":"buyer"'),
    ],
    ['with a field twice', usual.replace('"buyerId":"b1"', '"buyerId":"b1","buyerId":"b2"')],
    ['with a field that Lapse does not know', usual.replace('}', ',"more":"1"}')],
    ['with an escape', usual.replace('b1', 'b\\u0031')],
    ['with a null', usual.replace('"b1"', 'null')],
    ['with a control character', usual.replace('b1', 'b\n1')],
    ['cut off', usual.slice(0, -1)],
    ['with something behind it', `${usual} `],
    ['without its time in front', usual.replace(/"occurredAt":"[^"]*",/, '')],
  ])('%s is left to be parsed', (_, json) => {
    expect(openedAsSpelled(usual)).toBeDefined();
    expect(openedAsSpelled(json)).toBeUndefined();
  });

  it.each([
    ['an instant without milliseconds', proven.replace('10:20:00.000Z', '10:20:00Z')],
    ['an instant with an offset', proven.replace('10:00:00.000Z', '12:00:00.000+02:00')],
    ['a number with a fraction', proven.replace(':20,', ':20.0,')],
    ['a number with a zero in front', proven.replace(':20,', ':020,')],
    ['half a proof', proven.replace('"configVersion":1,', '')],
  ])('in %s of its proof is left to be parsed', (_, json) => {
    expect(closedAsSpelled(proven)).toBeDefined();
    expect(closedAsSpelled(json)).toBeUndefined();
  });
});

describe('what is picked out of a page', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  it('does not keep the page in memory', () => {
    const externalId = 'x'.repeat(100);
    const { json } = written('opened', { merchantId: 'm'.repeat(64), openedBy: 'buyer', externalId });
    const page = (i: number): string => Buffer.from(`${json}\u0001${String(i).padStart(2_000_000)}`).toString();
    collect();
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 50 }, (_, i) => openedAsSpelled(page(i).split('\u0001')[0] as string));
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
    expect(kept.every((data) => data?.externalId === externalId)).toBe(true);
  });
});
