import { describe, expect, it } from '@jest/globals';
import {
  appendRequestFor,
  appendBatchRequest,
  appendOneRequest,
  BATCH_EVENTS_MAX,
  isProblemCode,
  openSessionRequest,
  problem,
  problemCodes,
  problemType,
  sessionPath,
  type ProblemCode,
} from '../src/index.js';

const codes = Object.keys(problemCodes) as ProblemCode[];

describe('a request', () => {
  it('keeps no field that the contract does not name', () => {
    const refused = openSessionRequest.safeParse({ merchantId: 'm1', openedBy: 'buyer', note: 'hello' });
    expect(refused.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['note'] }]);
  });
  it('cannot name a predecessor: that is written by Lapse alone', () => {
    const request = { merchantId: 'm1', openedBy: 'buyer', previousSessionId: '01KJM0000000000000000000AA' };
    expect(openSessionRequest.safeParse(request).success).toBe(false);
  });
  it('carries instants as milliseconds behind the parse, whatever their offset was', () => {
    const request = { merchantId: 'm1', openedBy: 'buyer', occurredAt: '2026-03-01T18:00:00+08:00' };
    expect(openSessionRequest.parse(request).occurredAt).toBe(Date.UTC(2026, 2, 1, 10));
  });
  it('to append is one event, or a batch as soon as it says `events`', () => {
    expect(appendRequestFor({ events: [] })).toBe(appendBatchRequest);
    expect(appendRequestFor({ type: 'queued' })).toBe(appendOneRequest);
    expect(appendRequestFor(null)).toBe(appendOneRequest);
    expect(appendRequestFor([])).toBe(appendOneRequest);
  });
  it('to append takes an event without data, and fills in what the rules need', () => {
    expect(appendOneRequest.parse({ type: 'message-from-agent' })).toEqual({
      type: 'message-from-agent',
      data: { automated: false },
    });
    expect(appendOneRequest.parse({ type: 'message-from-agent', data: { senderId: 'a17' } })).toMatchObject({
      data: { senderId: 'a17', automated: false },
    });
  });
  it('to append is a thousand events at most', () => {
    const events = (count: number) => ({ events: Array.from({ length: count }, () => ({ type: 'queued' })) });
    expect(appendBatchRequest.safeParse(events(BATCH_EVENTS_MAX)).success).toBe(true);
    expect(appendBatchRequest.safeParse(events(BATCH_EVENTS_MAX + 1)).success).toBe(false);
  });
});

describe('a problem', () => {
  it.each(codes)('%s has a title, a type of its own and an error status', (code) => {
    const { status, title } = problemCodes[code];
    const body = { type: problemType(code), title, status, code, detail: title, correlationId: 'x' };
    expect(problem.parse(body)).toEqual(body);
    expect(status >= 400 && status <= 599).toBe(true);
    expect(title).toMatch(/^[A-Z].*\.$/);
  });
  it('of a server is asked again only where that can help', () => {
    const asked = codes.filter((code) => problemCodes[code].retry === 'later' || problemCodes[code].retry === 'as-is');
    expect(asked.every((code) => problemCodes[code].status >= 500 || code === 'request-timeout')).toBe(true);
  });
  it('has a code from the table and from nowhere else', () => {
    expect(isProblemCode('session-closed')).toBe(true);
    expect(isProblemCode('toString')).toBe(false);
    expect(
      problem.safeParse({ type: 't', title: 't', status: 400, code: 'x', detail: '', correlationId: '' }).success,
    ).toBe(false);
  });
});

describe('an address', () => {
  it('of a session holds its id', () => {
    expect(sessionPath('01KJM0000000000000000000AA')).toBe('/v1/sessions/01KJM0000000000000000000AA');
  });
});
