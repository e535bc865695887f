import { describe, expect, it } from '@jest/globals';
import {
  asRepeated,
  encodeEvent,
  evolve,
  evolveMerchant,
  readDecision,
  skipEventId,
  streamNames,
  unconfigured,
  unseen,
  wouldPark,
  type ConfigData,
  type FoldEvent,
  type ParkDecision,
} from '../src/index.js';
import {
  agent,
  at,
  automated,
  buyer,
  closed,
  given,
  opened,
  standard,
  STREAM,
  T0,
  unknown,
  unreadable,
} from './given.js';

const skipped = (revision: number): FoldEvent => ({ kind: 'skipped', revision });
const by = { role: 'platform', id: 'http' };
const skip: ParkDecision = {
  type: 'stream-skipped',
  occurredAtMs: T0,
  data: { stream: STREAM, revision: 3, why: 'a test of the sender', by },
};

describe('an event that was skipped', () => {
  it('is ignored and counted like one of a type that nobody knows, and the session goes on', () => {
    const without = given(opened(), standard(), agent(1), unknown, buyer(2), closed(3));
    expect(given(opened(), standard(), agent(1), skipped, buyer(2), closed(3))).toEqual(without);
  });
  it('may be the first one: what comes next is looked at as the first', () => {
    expect(given(skipped, opened(), standard())).toMatchObject({ status: 'open', revision: 2, unknownEvents: 1 });
    expect(given(skipped, buyer(1))).toMatchObject({
      parked: { revision: 1, why: 'the first event is not opened but message-from-buyer' },
    });
    expect(given(skipped)).toMatchObject({ status: 'missing', parked: undefined, revision: 0 });
  });
  it('was one that parks: of no other does it matter', () => {
    const open = given(opened(), standard());
    expect(wouldPark(open, unreadable(2))).toBe(true);
    for (const event of [agent(1), automated(1), unknown, opened(), closed(9_999)]) {
      expect(wouldPark(open, event(2))).toBe(false);
    }
    expect(wouldPark(unseen(STREAM), buyer(1)(0))).toBe(true);
    expect(wouldPark(unseen(STREAM), unknown(0))).toBe(true);
    expect(wouldPark(unseen(STREAM), opened()(0))).toBe(false);
  });
  it('parks no more where it stands behind the place at which the stream is parked', () => {
    expect(wouldPark(given(opened(), standard(), unreadable), unreadable(3))).toBe(false);
  });
  it('does not make a repetition of its id an event', () => {
    const afterSkip = given(skipped);
    expect(wouldPark(afterSkip, asRepeated(closed(1)(1)))).toBe(false);
    expect(evolve(afterSkip, asRepeated(closed(1)(1)))).toMatchObject({ status: 'missing', repeatedIds: 1 });
  });
  it('of a merchant leaves the versions behind it in force', () => {
    const data = { merchantId: 'm1', version: 2 } as ConfigData;
    const parked = evolveMerchant(unconfigured, { kind: 'unreadable', revision: 0, why: 'broken' });
    expect(parked.parked).toEqual({ revision: 0, why: 'broken' });
    const state = evolveMerchant(unconfigured, { kind: 'ignored', revision: 0 });
    expect(evolveMerchant(state, { kind: 'config-version', revision: 1, data }).versions).toMatchObject([
      { version: 2 },
    ]);
  });
});

describe('a decision on a parked stream', () => {
  const names = streamNames('shop.');
  it('stands in an operations stream that is named after the parked one', () => {
    const session = names.session('01HQ0000000000000000000000');
    const name = names.decisionsOn(session) as string;
    expect(name).toBe(`shop.ops-${session}`);
    expect(names.read(name)).toMatchObject({ kind: 'operations', decidesOn: session });
    expect(names.read('shop.ops-shop.merchant-m1')).toMatchObject({ decidesOn: 'shop.merchant-m1' });
    expect(names.read('shop.ops-keys')).toMatchObject({ kind: 'operations', decidesOn: undefined });
  });
  it('stands nowhere for a stream that is nobody’s: its name alone parks it, and would be too long with another in front', () => {
    for (const name of ['shop.session-x', `shop.session-${'x'.repeat(1_000)}`, 'session-x', 'shop.ops-x', '']) {
      expect(names.decisionsOn(name)).toBeUndefined();
    }
  });
  it('is read as it was written', () => {
    expect(readDecision(encodeEvent('id', skip), STREAM)).toEqual(skip);
    const retry: ParkDecision = { type: 'stream-retried', occurredAtMs: at(1), data: { stream: STREAM, by } };
    expect(readDecision(encodeEvent('id', retry), STREAM)).toEqual(retry);
  });
  it('decides nothing where it speaks of another stream, cannot be read or is of another type', () => {
    const encoded = encodeEvent('id', skip);
    expect(readDecision(encoded, 'session-other')).toBeUndefined();
    expect(readDecision({ ...encoded, type: 'key-created' }, STREAM)).toBeUndefined();
    expect(readDecision({ ...encoded, data: new Uint8Array([0xff]) }, STREAM)).toBeUndefined();
    const newer = new TextEncoder().encode('{"schemaVersion":99}');
    expect(readDecision({ ...encoded, metadata: newer }, STREAM)).toBeUndefined();
    const noReason = encodeEvent('id', { ...skip, data: { ...skip.data, why: '  ' } });
    expect(readDecision(noReason, STREAM)).toBeUndefined();
  });
  it('to skip has an id that follows from what is skipped: skipping twice is skipping once', () => {
    expect(skipEventId(STREAM, 3)).toBe(skipEventId(STREAM, 3));
    expect(skipEventId(STREAM, 3)).not.toBe(skipEventId(STREAM, 4));
  });
});
