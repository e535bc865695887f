import {
  paths,
  projectionsAnswer,
  projectionsQuery,
  queueAnswer,
  queueQuery,
  sessionsAnswer,
  sessionsQuery,
} from '@lapse/api';
import { listedSession, projectionAnswer, waitingSession } from '../answers/listed.js';
import type { App } from '../app.js';
import { awaitPosition } from '../at-least.js';
import { queueCursor, sessionCursor } from '../cursor.js';
import { ProblemError } from '../http/problem-error.js';
import type { ServerLimits } from '../limits.js';
import type { ServerDependencies, Views } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

const problems = problemResponses(...codeSets.views, 'bad-value', 'unknown-field', 'bad-position');

/** Lists come from the read side, which follows the log a moment behind. */
export const addListRoutes = (app: App, dependencies: ServerDependencies, limits: ServerLimits): void => {
  const { views, nowMs, settings } = dependencies;
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
    async ({ query: { atLeast, after, ...filter } }) => {
      const seen = await upTo(atLeast);
      const asOfMs = nowMs();
      const { waiting, next } = seen.queue({ ...filter, after: queueCursor.read(after), nowMs: asOfMs });
      return {
        waiting: waiting.map((entry) => waitingSession(entry, asOfMs, settings.closeGraceMs)),
        next: queueCursor.write(next),
      };
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
    async ({ query: { atLeast, after, ...filter } }) => {
      const seen = await upTo(atLeast);
      const asOfMs = nowMs();
      const { sessions, next } = seen.sessions({ ...filter, after: sessionCursor.read(after), nowMs: asOfMs });
      return {
        sessions: sessions.map((session) => listedSession(session, asOfMs, settings.closeGraceMs)),
        next: sessionCursor.write(next),
      };
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
    async ({ query: { atLeast } }) => ({ projections: (await upTo(atLeast)).status().map(projectionAnswer) }),
  );
};
