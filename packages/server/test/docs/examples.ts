import { MINUTE_MS, type Question } from '../world.js';

/** A request that docs/http.md shows together with the answer that a server gave to it. */
export interface Example {
  readonly name: string;
  readonly question: Question;
  /** How far the clock moves before it. */
  readonly afterMs?: number;
  /** What another service has written past Lapse by then. */
  readonly foreign?: ForeignEvent;
}

export interface ForeignEvent {
  readonly stream: string;
  readonly id: string;
  readonly type: string;
  /** Byte by byte. */
  readonly data: string;
}

const SESSION = '01KJM4XHG00000000000000001';
/** The one that another service breaks. */
const PARKED = '01KJM4XHG00000000000000003';
const OTHER = '01KJM4XHG00000000000000002';
const events = `/v1/sessions/${SESSION}/events`;
const config = '/v1/merchants/shop-17/config';
const post = (path: string, json: unknown): Question => ({ method: 'POST', path, json });
const get = (path: string): Question => ({ path });
/** The last position of the run: lists wait for it, so that they show everything above. */
const LAST = '{position}';

const opening = {
  sessionId: SESSION,
  merchantId: 'shop-17',
  openedBy: 'buyer',
  buyerId: 'b-204',
  externalId: 'chat/9131',
  occurredAt: '2026-03-01T18:00:00+08:00',
};
const answered = {
  type: 'message-from-agent',
  id: '01KJM4XHG0000000000000AG01',
  data: { senderId: 'a-17', messageId: 'm-1', length: 42 },
};

/** One run. Every id is given: those that a server makes would differ with the moment at which it makes them. In this order, against one server that starts empty at 2026-03-01T10:00:00Z. */
export const examples: readonly Example[] = [
  { name: 'open', question: post('/v1/sessions', opening) },
  { name: 'open-again', question: post('/v1/sessions', opening) },
  { name: 'append-one', afterMs: MINUTE_MS, question: post(events, answered) },
  { name: 'append-again', question: post(events, answered) },
  {
    name: 'append-batch',
    question: post(events, {
      events: [
        { type: 'message-from-buyer', id: '01KJM4XHG0000000000000BY01', data: { senderId: 'b-204', length: 7 } },
        { type: 'message-from-agent', id: '01KJM4XHG0000000000000AG02', data: { senderId: 'a-17', length: 120 } },
      ],
      expectedRevision: 2,
    }),
  },
  {
    name: 'wrong-revision',
    question: post(events, { type: 'queued', data: { queueId: 'returns' }, expectedRevision: 2 }),
  },
  { name: 'bad-value', question: post(events, { type: 'message-from-buyer', data: { length: '42' } }) },
  { name: 'unknown-field', question: post(events, { type: 'message-from-buyer', data: { text: 'Hello?' } }) },
  { name: 'read-open', afterMs: 5 * MINUTE_MS, question: get(`/v1/sessions/${SESSION}`) },
  {
    name: 'session-closed',
    afterMs: 20 * MINUTE_MS,
    question: post(events, { type: 'message-from-buyer', id: '01KJM4XHG0000000000000BY02' }),
  },
  {
    name: 'open-new',
    question: post(events, { type: 'message-from-buyer', id: '01KJM4XHG0000000000000BY02', onClosed: 'open-new' }),
  },
  { name: 'read-closed', question: get(`/v1/sessions/${SESSION}`) },
  { name: 'read-events', question: get(`${events}?fromRevision=4&limit=1`) },
  {
    name: 'open-other',
    question: post('/v1/sessions', { sessionId: OTHER, merchantId: 'shop-17', openedBy: 'system' }),
  },
  {
    name: 'close',
    question: post(`/v1/sessions/${OTHER}/events`, {
      type: 'closed',
      id: '01KJM4XHG0000000000000AG03',
      data: { reason: 'by-agent', closedBy: { role: 'merchant-agent', id: 'a-17' } },
    }),
  },
  {
    name: 'close-again',
    question: post(`/v1/sessions/${OTHER}/events`, { type: 'closed', data: { reason: 'by-system' } }),
  },
  { name: 'config-get', question: get(config) },
  { name: 'config-put', question: { method: 'PUT', path: config, json: { buyerReplyMinutes: 50 } } },
  { name: 'config-bad-value', question: { method: 'PUT', path: config, json: { buyerReplyMinutes: '20' } } },
  { name: 'config-fixed', question: { method: 'PUT', path: config, json: { agentReplyMinutes: 60 } } },
  { name: 'config-revert', question: post(`${config}/revert`, { toVersion: 1 }) },
  { name: 'config-rollout', question: post(`${config}/rollout`, { buyerReplyMinutes: 30 }) },
  { name: 'config-versions', question: get(`${config}/versions?fromVersion=2&limit=1`) },
  {
    name: 'open-queued',
    question: post('/v1/sessions', {
      sessionId: PARKED,
      merchantId: 'shop-17',
      openedBy: 'buyer',
    }),
  },
  {
    name: 'queued',
    question: post(`/v1/sessions/${PARKED}/events`, {
      type: 'queued',
      id: '01KJM4XHG00000000000000QE1',
      data: { queueId: 'returns' },
    }),
  },
  { name: 'list-queue', afterMs: MINUTE_MS, question: get(`/v1/queue?merchantId=shop-17&atLeast=${LAST}`) },
  { name: 'list-sessions', question: get(`/v1/sessions?merchantId=shop-17&state=closed&limit=1&atLeast=${LAST}`) },
  {
    name: 'parked-command',
    foreign: {
      stream: `session-${PARKED}`,
      id: '019ca84e-c600-7000-8000-000000000001',
      type: 'message-from-agent',
      data: '{"occurredAt":"2026-03-01T10:28:00.000Z","senderId":"a-17","length":"4\xff"}',
    },
    question: post(`/v1/sessions/${PARKED}/events`, { type: 'message-from-buyer' }),
  },
  { name: 'parked-list', question: get(`/v1/parked?atLeast=${LAST}`) },
  { name: 'parked-sessions', question: get('/v1/sessions?state=parked&limit=1') },
  { name: 'parked-show', question: get(`/v1/parked/${PARKED}`) },
  {
    name: 'parked-retry',
    question: post(`/v1/parked/session-${PARKED}/retry`, { why: 'shop-17 says that it is mended' }),
  },
  {
    name: 'parked-skip-other',
    question: post(`/v1/parked/session-${PARKED}/skip`, { revision: 2, why: 'shop-17 sent half a number' }),
  },
  {
    name: 'parked-skip',
    question: post(`/v1/parked/session-${PARKED}/skip`, { revision: 3, why: 'shop-17 sent half a number' }),
  },
  { name: 'list-merchants', question: get(`/v1/merchants/shop-17?atLeast=${LAST}`) },
  { name: 'list-activity', question: get(`/v1/activity?merchantId=shop-17&limit=1&atLeast=${LAST}`) },
  { name: 'list-projections', question: get(`/v1/projections?atLeast=${LAST}`) },
  { name: 'fold-again', question: post(`/v1/projections/sessions/${SESSION}/fold-again`, {}) },
  { name: 'live', question: get('/livez') },
  { name: 'ready', question: get('/readyz') },
];
