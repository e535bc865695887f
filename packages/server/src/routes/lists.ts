import {
  paths,
  projectionsAnswer,
  projectionsQuery,
  queueAnswer,
  queueQuery,
  sessionsAnswer,
  sessionsQuery,
} from '@lapse/api';
import { formatInstant, isLate } from '@lapse/domain';
import { awaitPosition } from '../at-least.js';
import { instantOrNull } from '../answers/instants.js';
import type { App } from '../app.js';
import { queueCursor, sessionCursor } from '../cursor.js';
import { ProblemError } from '../http/problem-error.js';
import type { ServerLimits } from '../limits.js';
import type { QueueRow, ServerDependencies, SessionRow, Views } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

const problems = problemResponses(
  ...codeSets.store,
  'bad-value',
  'unknown-field',
  'bad-position',
  'no-views',
  'position-not-reached',
);

/** Lists come from the read side, which follows the log a moment behind. */
export const addListRoutes = (app: App, { views, nowMs }: ServerDependencies, limits: ServerLimits): void => {
  const upTo = async (atLeast: string | undefined): Promise<Views> => {
    if (views === undefined) throw new ProblemError('no-views', 'This process keeps no read side: ask one that does.');
    await awaitPosition(views, atLeast, limits.atLeastMs);
    return views;
  };
  app.get(
    paths.queue,
    {
      schema: {
        tags: ['lists'],
        summary: 'Who waits, longest first',
        querystring: queueQuery,
        response: { 200: queueAnswer, ...problems },
      },
    },
    async ({ query: { merchantId, atLeast, after, limit } }) => {
      const page = await (await upTo(atLeast)).queue({ merchantId, after: queueCursor.read(after), limit });
      return { waiting: page.rows.map(waitingRow), next: queueCursor.write(page.next) };
    },
  );
  app.get(
    paths.sessions,
    {
      schema: {
        tags: ['lists'],
        summary: 'Sessions, newest first',
        querystring: sessionsQuery,
        response: { 200: sessionsAnswer, ...problems },
      },
    },
    async ({ query: { merchantId, state, atLeast, after, limit } }) => {
      const page = await (await upTo(atLeast)).sessions({ merchantId, state, after: sessionCursor.read(after), limit });
      const asOfMs = nowMs();
      return { sessions: page.rows.map((row) => sessionRow(row, asOfMs)), next: sessionCursor.write(page.next) };
    },
  );
  app.get(
    paths.projections,
    {
      schema: {
        tags: ['lists'],
        summary: 'How far the read side is',
        querystring: projectionsQuery,
        response: { 200: projectionsAnswer, ...problems },
      },
    },
    async ({ query: { atLeast } }) => {
      const projections = await (await upTo(atLeast)).projections();
      return {
        projections: projections.map((status) => ({
          name: status.name,
          version: status.version,
          state: status.state,
          position: status.position ?? null,
          lagEvents: status.lagEvents ?? null,
          lagSeconds: status.lagSeconds ?? null,
          detail: status.detail ?? null,
        })),
      };
    },
  );
};

const waitingRow = (row: QueueRow) => ({
  sessionId: row.sessionId,
  merchantId: row.merchantId,
  queueId: row.queueId ?? null,
  since: formatInstant(row.sinceMs),
  rule: row.rule ?? null,
  deadline: instantOrNull(row.deadlineAtMs),
});

/** A row knows its deadline; that it has passed is known only now (D20). */
const stateOf = (row: SessionRow, asOfMs: number): 'open' | 'lapsed' | 'closed' => {
  if (row.closedAtMs !== undefined) return 'closed';
  return isLate(asOfMs, row.deadlineAtMs) ? 'lapsed' : 'open';
};

const sessionRow = (row: SessionRow, asOfMs: number) => ({
  sessionId: row.sessionId,
  merchantId: row.merchantId,
  state: stateOf(row, asOfMs),
  openedAt: formatInstant(row.openedAtMs),
  rule: row.rule ?? null,
  deadline: instantOrNull(row.deadlineAtMs),
  closedAt: instantOrNull(row.closedAtMs),
  closeReason: row.closeReason ?? null,
});
