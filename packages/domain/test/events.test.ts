import { describe, expect, it } from '@jest/globals';
import {
  derivedEventId,
  encodeEvent,
  explainClose,
  extractFacts,
  importedSessionId,
  isUlid,
  KIND_UNCERTAIN,
  normaliseEventId,
  parseInstant,
  readEvent,
  streamNames,
  successorId,
  ulidOfUuid,
  ulidTimeMs,
  uuidFromUlid,
} from '../src/index.js';
import { at, T0 } from './given.js';

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const stored = (type: string, data: unknown, metadata: unknown = {}, contentType = 'application/json') => ({
  type,
  contentType,
  data: bytes(data),
  metadata: bytes(metadata),
});
const occurredAt = '2026-03-01T10:00:00.000Z';
const config = {
  occurredAt,
  merchantId: 'm1',
  version: 3,
  policy: 'standard',
  buyerReplyMinutes: 50,
  why: 'change',
  changedBy: { role: 'system', id: 'x' },
};

describe('reading an event', () => {
  it('gives back what was written', () => {
    const event = { type: 'message-from-agent', occurredAtMs: T0, data: { senderId: 'a17', automated: true } } as const;
    expect(readEvent(encodeEvent('id', event))).toEqual({ kind: 'event', event });
  });
  it('lifts hours to minutes, so that old and new shapes give equal limits', () => {
    const old = readEvent(
      stored('config-version', { ...config, agentReplyHours: 6, queueHours: 24 }, { schemaVersion: 0 }),
    );
    const now = readEvent(
      stored('config-version', { ...config, agentReplyMinutes: 360, queueMinutes: 1440 }, { schemaVersion: 1 }),
    );
    expect(old).toEqual(now);
    expect(old).toMatchObject({ kind: 'event', event: { data: { agentReplyMinutes: 360, queueMinutes: 1440 } } });
  });
  it('takes null for left out, an unknown field for nothing, and any offset', () => {
    const read = readEvent(
      stored('message-from-buyer', { occurredAt: '2026-03-01T18:00:00+08:00', senderId: null, mood: 'good' }),
    );
    expect(read).toEqual({ kind: 'event', event: { type: 'message-from-buyer', occurredAtMs: T0, data: {} } });
  });
  it.each([
    ['no JSON', stored('queued', '{')],
    ['no UTF-8', { ...stored('queued', {}), data: new Uint8Array([0x7b, 0xff, 0x7d]) }],
    ['no object', stored('queued', '[]')],
    ['no time', stored('queued', {})],
    ['a time without an offset', stored('queued', { occurredAt: '2026-03-01T10:00:00' })],
    ['a newer schema version', stored('queued', { occurredAt }, { schemaVersion: 2 })],
    ['a schema version that is no number', stored('queued', { occurredAt }, { schemaVersion: '1' })],
    ['binary content', stored('queued', { occurredAt }, {}, 'application/octet-stream')],
    ['a hostile merchant id', stored('opened', { occurredAt, merchantId: "m'; DROP", openedBy: 'buyer' })],
  ])('tells an event that it cannot read: %s', (_, event) => {
    expect(readEvent(event)).toMatchObject({ kind: 'unreadable', type: event.type });
    expect(extractFacts(event)).toEqual({ kind: KIND_UNCERTAIN, atMs: 0, flags: 0 });
  });
  it.each(['toString', '__proto__', 'constructor', 'note-added', 'Opened'])('does not know the type %s', (type) => {
    expect(readEvent(stored(type, {}))).toEqual({ kind: 'unknown', type });
  });
});

describe('instants', () => {
  it.each([
    '2026-02-30T10:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T10:00:60Z',
    '2026-03-01',
    '1969-12-31T23:59:59Z',
    '2026-03-01T10:00Z',
    '+020000-01-01T00:00:00Z',
    '2026-03-01T10:00:00+25:00',
    '',
  ])('%p is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
  it('keep milliseconds and cut off what is finer', () => {
    expect(parseInstant('2026-03-01T10:00:00.123999Z')).toBe(T0 + 123);
    expect(parseInstant('2026-03-01T04:30:00-05:30')).toBe(T0);
  });
});

describe('ids', () => {
  it('takes ULIDs and UUIDs in any case as event ids, and nothing else', () => {
    const ulid = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
    expect(normaliseEventId(ulid)).toBe(uuidFromUlid(ulid));
    expect(normaliseEventId(uuidFromUlid(ulid).toUpperCase())).toBe(uuidFromUlid(ulid));
    expect(ulidOfUuid(uuidFromUlid(ulid))).toBe(ulid);
    for (const bad of [
      '',
      'x',
      '00000000-0000-0000-0000-000000000000',
      '{01234567-89ab-4def-8123-456789abcdef}',
      '8ZZZZZZZZZZZZZZZZZZZZZZZZZ',
      '0123456789abcdef0123456789abcdef',
    ]) {
      expect(normaliseEventId(bad)).toBeUndefined();
    }
  });
  it('derives the same successor from the same close, and it sorts by the time of the close', () => {
    const id = successorId('01ARZ3NDEKTSV4RRFFQ69G5FAV', at(21));
    expect(id).toBe(successorId('01ARZ3NDEKTSV4RRFFQ69G5FAV', at(21)));
    expect(isUlid(id)).toBe(true);
    expect(ulidTimeMs(id)).toBe(at(21));
    expect(id).not.toBe(successorId('01ARZ3NDEKTSV4RRFFQ69G5FAW', at(21)));
  });
  it('keeps sources and sessions apart, however they are cut', () => {
    expect(importedSessionId('ab', 'c', T0)).not.toBe(importedSessionId('a', 'bc', T0));
    expect(derivedEventId('x', 'a', 1)).not.toBe(derivedEventId('x', 'a1'));
  });
});

describe('stream names', () => {
  const names = streamNames('lapse.');
  it('say what they are', () => {
    expect(names.read('lapse.session-01ARZ3NDEKTSV4RRFFQ69G5FAV')).toEqual({
      kind: 'session',
      id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    });
    expect(names.read('lapse.merchant-m1')).toEqual({ kind: 'merchant', id: 'm1' });
    expect(names.read('lapse.session-nonsense').kind).toBe('bad');
    expect(names.read('session-01ARZ3NDEKTSV4RRFFQ69G5FAV').kind).toBe('foreign');
  });
  it('take no prefix with other characters', () => {
    expect(() => streamNames('$')).toThrow(RangeError);
  });
});

it('one sentence says why a session was closed', () => {
  const close = {
    reason: 'buyer-silent',
    atMs: at(20),
    revision: 3,
    closedBy: undefined,
    sourceReason: undefined,
    proof: {
      rule: 'buyer-silent',
      limitMinutes: 20,
      configVersion: 3,
      anchor: { revision: 2, type: 'message-from-agent', occurredAt: '2026-03-01T10:00:00.000Z' },
      deadline: '2026-03-01T10:20:00.000Z',
    },
  } as const;
  const events = [
    {
      revision: 2,
      event: { type: 'message-from-agent', occurredAtMs: T0, data: { senderId: 'a17', automated: false } },
    },
  ] as const;
  expect(explainClose(close, events)).toBe(
    'closed as buyer-silent: agent a17 wrote at 10:00:00.000Z, limit 20 min (config version 3), nothing by 10:20:00.000Z',
  );
});
