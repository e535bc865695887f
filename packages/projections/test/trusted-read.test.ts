import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { extractFacts, KIND_UNCERTAIN, readEvent } from '@lapse/domain';
import type { Position, RecordedEvent } from '@lapse/store';
import { TrustedReader } from '../src/pipeline/trusted-read.js';

const seed = Number(process.env['LAPSE_SEED'] ?? 20);

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.option(fc.option(arbitrary, { nil: undefined }), { nil: null });
const id = fc.constantFrom('m1', 'a.b~c', 'x'.repeat(64), 'bad id', '');
const instant = fc.constantFrom(
  '2026-03-01T10:00:00.000Z',
  '2026-03-01T10:00:00Z',
  '2026-03-01t10:00:00.000z',
  '2026-03-01T12:00:00.000+02:00',
  'soon',
  'a"b',
);
const actor = fc.record({ role: fc.constantFrom('system', 'buyer', 'king'), id, extra: maybe(fc.nat()) });
const minutes = fc.constantFrom(5, 360, null, 0, 20.5);
const fields: Record<string, fc.Arbitrary<object>> = {
  opened: fc.record({
    merchantId: id,
    openedBy: fc.constantFrom('buyer', 'agent', 'nobody'),
    buyerId: maybe(id),
    externalId: maybe(fc.string({ unit: 'grapheme' })),
    previousSessionId: maybe(fc.constant('01HQ0000000000000000000000')),
    more: maybe(fc.string()),
  }),
  'config-version': fc.record({
    merchantId: id,
    version: fc.nat(3),
    policy: fc.constantFrom('standard', 'none'),
    agentReplyMinutes: minutes,
    buyerReplyMinutes: minutes,
    queueMinutes: minutes,
    why: fc.constant('change'),
    changedBy: actor,
    merchantRevision: maybe(fc.nat(5)),
    more: maybe(fc.nat()),
  }),
  queued: fc.record({ queueId: maybe(id), more: maybe(fc.nat()) }),
  closed: fc.record({
    reason: fc.constantFrom('by-agent', 'buyer-silent', 'none'),
    closedBy: maybe(actor),
    sourceReason: maybe(fc.constant('served')),
    proof: maybe(
      fc.record({
        rule: fc.constant('buyer-silent'),
        limitMinutes: fc.nat(20),
        configVersion: fc.nat(2),
        anchor: fc.record({ revision: fc.nat(5), type: fc.string(), occurredAt: instant, more: maybe(fc.nat()) }),
        deadline: instant,
        more: maybe(fc.nat()),
      }),
    ),
  }),
  'message-from-agent': fc.record({ automated: maybe(fc.boolean()), senderId: maybe(id) }),
  odd: fc.record({}),
};
const metadata = fc.constantFrom(
  '{"schemaVersion":1}',
  '{"schemaVersion":1,"$correlationId":"c"}',
  '{"schemaVersion":0}',
  '{"schemaVersion":10}',
  '{"schemaVersion":1,"schemaVersion":2}',
  '{"schemaVersion":1,"schema\\u0056ersion":2}',
  '{"schemaVersion":1',
  '{ "schemaVersion":1}',
  '',
);

const stored = fc.constantFrom(...Object.keys(fields)).chain((type) =>
  fc.record({
    type: fc.constant(type),
    text: fc
      .tuple(instant, fields[type] as fc.Arbitrary<object>, fc.boolean())
      .map(([occurredAt, data, isFirst]) =>
        JSON.stringify(isFirst ? { occurredAt, ...data } : { ...data, occurredAt }),
      ),
    metadata,
  }),
);

describe('reading what a store has read before', () => {
  it('gives what a first reading gives, whatever the event looks like and however it is spelled', () => {
    const reader = new TrustedReader();
    let events = 0;
    fc.assert(
      fc.property(stored, ({ type, text, metadata: meta }) => {
        const event: RecordedEvent = {
          type,
          contentType: 'application/json',
          data: Buffer.from(text),
          metadata: Buffer.from(meta),
          id: '',
          stream: 's',
          revision: 0,
          position: '1' as Position,
          storedAtMs: 0,
        };
        const { kind, atMs } = extractFacts(event);
        const read = readEvent(event);
        expect(reader.read(kind, atMs, undefined, { stored: () => event })).toEqual(read);
        // A store's text is trusted only where its column says that the payload has been read before.
        if (kind !== KIND_UNCERTAIN) {
          expect(reader.read(kind, atMs, { data: text, metadata: meta }, { stored: () => event })).toEqual(read);
        }
        if (read.kind === 'event') events++;
      }),
      { seed, numRuns: 5_000 },
    );
    expect(events).toBeGreaterThan(200);
  });

  it('does not take one config for another that only ends alike', () => {
    const reader = new TrustedReader();
    const rest =
      ',"policy":"standard","agentReplyMinutes":1,"buyerReplyMinutes":1,"queueMinutes":1,"why":"change","changedBy":{"role":"system","id":"x"},"merchantId":"m"}';
    for (const version of [1, 2]) {
      const data = Buffer.from(`{"occurredAt":"2026-03-01T10:00:00Z","version":${version}${rest}`);
      const bytes = {
        type: 'config-version',
        contentType: 'application/json' as const,
        data,
        metadata: Buffer.from('{"schemaVersion":1}'),
      };
      const event = { ...bytes, id: '', stream: 's', revision: 0, position: '1' as Position, storedAtMs: 0 };
      const { kind, atMs } = extractFacts(event);
      expect(reader.read(kind, atMs, undefined, { stored: () => event })).toEqual(readEvent(event));
    }
  });

  it('tells an event that has been damaged on disk from one that can be read, and throws at none', () => {
    const data = { occurredAt: '2026-03-01T10:00:00.000Z', merchantId: 'm1', version: 1, policy: 'standard' };
    const limits = { agentReplyMinutes: 360, buyerReplyMinutes: 20, queueMinutes: 1440, why: 'change' };
    const text = JSON.stringify({ ...data, ...limits, changedBy: { role: 'system', id: 'x' } });
    const kind = extractFacts({
      type: 'config-version',
      contentType: 'application/json',
      data: Buffer.from(text),
      metadata: Buffer.from('{"schemaVersion":1}'),
    });
    expect(kind.kind).not.toBe(KIND_UNCERTAIN);
    for (let at = 0; at < text.length; at++) {
      const damaged = `${text.slice(0, at)}~${text.slice(at + 1)}`;
      const event: RecordedEvent = {
        type: 'config-version',
        contentType: 'application/json',
        data: Buffer.from(damaged),
        metadata: Buffer.from('{"schemaVersion":1}'),
        ...{ id: '', stream: 's', revision: 0, position: '1' as Position, storedAtMs: 0 },
      };
      const { kind: read } = new TrustedReader().read(kind.kind, kind.atMs, undefined, { stored: () => event });
      if (read === 'event') expect(() => JSON.parse(damaged) as unknown).not.toThrow();
    }
  });
});
