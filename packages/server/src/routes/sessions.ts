import {
  openSessionAnswer,
  openSessionRequest,
  paths,
  sessionAnswer as sessionAnswerSchema,
  sessionParams,
  sessionPath,
  type OpenSessionRequest,
} from '@lapse/api';
import type { OpenSession } from '@lapse/commands';
import { openedAnswer } from '../answers/opened.js';
import { sessionAnswer } from '../answers/session.js';
import type { App } from '../app.js';
import { accepted } from '../http/problem-of.js';
import type { ServerDependencies } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

export const addSessionRoutes = (app: App, { commands, settings, nowMs }: ServerDependencies): void => {
  app.post(
    paths.sessions,
    {
      schema: {
        tags: ['sessions'],
        summary: 'Open a session',
        description: 'Pinned to the newest config of its merchant. Safe to repeat with the same `sessionId`.',
        body: openSessionRequest,
        response: {
          201: openSessionAnswer,
          200: openSessionAnswer,
          ...problemResponses(
            ...codeSets.body,
            ...codeSets.append,
            'session-exists',
            'event-id-reused',
            'in-the-future',
            'stream-parked',
          ),
        },
      },
    },
    async (request, reply) => {
      const opened = accepted(await commands.openSession(commandOf(request.body, request.id)));
      reply.code(opened.repeated ? 200 : 201).header('location', sessionPath(opened.sessionId));
      return openedAnswer(opened);
    },
  );
  app.get(
    paths.session,
    {
      schema: {
        tags: ['sessions'],
        summary: 'A session, from its own stream',
        params: sessionParams,
        response: {
          200: sessionAnswerSchema,
          ...problemResponses(...codeSets.store, 'bad-value', 'no-such-session', 'stream-parked'),
        },
      },
    },
    async (request) => {
      const reading = accepted(await commands.readSession(request.params.id));
      return sessionAnswer(reading, nowMs(), settings.closeGraceMs);
    },
  );
};

const commandOf = (request: OpenSessionRequest, correlationId: string): OpenSession => {
  const { sessionId, eventId, occurredAt, ...data } = request;
  return { sessionId, eventId, occurredAtMs: occurredAt, data, trace: { correlationId } };
};
