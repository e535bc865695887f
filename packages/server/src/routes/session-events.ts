import {
  appendedAnswer,
  appendRequest,
  appendRequestFor,
  paths,
  repeatedAnswer,
  sessionEventsAnswer,
  sessionEventsQuery,
  sessionParams,
  type AppendRequest,
  type EventToSendRequest,
} from '@lapse/api';
import type { AppendEvents, EventToSend } from '@lapse/commands';
import { appendAnswer } from '../answers/appended.js';
import { eventAnswer } from '../answers/event.js';
import type { App } from '../app.js';
import { accepted } from '../http/problem-of.js';
import { validate } from '../http/validate.js';
import type { ServerDependencies } from '../ports.js';
import type { z } from 'zod';
import { codeSets, problemResponses } from './describe.js';

export const addSessionEventRoutes = (app: App, dependencies: ServerDependencies): void => {
  addAppend(app, dependencies);
  addRead(app, dependencies);
};

const addAppend = (app: App, { commands }: ServerDependencies): void => {
  app.post(
    paths.sessionEvents,
    {
      schema: {
        tags: ['sessions'],
        summary: 'Append one event, or a batch that is written whole or not at all',
        description: 'Safe to repeat with the same event ids, also after the session has closed.',
        params: sessionParams,
        body: appendRequest,
        response: {
          201: appendedAnswer,
          200: repeatedAnswer,
          ...problemResponses(
            ...codeSets.body,
            ...codeSets.append,
            'no-such-session',
            'session-closed',
            'stream-parked',
            'wrong-revision',
            'in-the-future',
            'event-id-reused',
            'batch-half-known',
            'batch-crosses-close',
            'chain-too-long',
          ),
        },
      },
      // A body is one event or a batch: complaints are about the one that it means to be.
      validatorCompiler: ({ schema, httpPart }) => {
        const whole = schema as unknown as z.ZodType;
        return (value: unknown) => validate(httpPart === 'body' ? appendRequestFor(value) : whole, httpPart, value);
      },
    },
    async (request, reply) => {
      const command = commandOf(request.params.id, request.body, request.id);
      const result = accepted(await commands.append(command));
      reply.code(result.kind === 'appended' && !result.repeated ? 201 : 200);
      return appendAnswer(result);
    },
  );
};

const commandOf = (sessionId: string, request: AppendRequest, correlationId: string): AppendEvents => {
  const events = 'events' in request ? request.events : [request];
  const { expectedRevision, onClosed } = request;
  return { sessionId, events: events.map(eventOf), expectedRevision, onClosed, trace: { correlationId } };
};

const eventOf = ({ type, id, occurredAt, data }: EventToSendRequest): EventToSend =>
  ({ type, id, occurredAtMs: occurredAt, data }) as EventToSend;

const addRead = (app: App, { commands }: ServerDependencies): void => {
  app.get(
    paths.sessionEvents,
    {
      schema: {
        tags: ['sessions'],
        summary: 'The events of a session, oldest first',
        description: 'As they are recorded, also where the session is parked.',
        params: sessionParams,
        querystring: sessionEventsQuery,
        response: {
          200: sessionEventsAnswer,
          ...problemResponses(...codeSets.store, 'bad-value', 'unknown-field', 'no-such-session'),
        },
      },
    },
    async (request) => {
      const { sessionId, events } = accepted(await commands.readSession(request.params.id));
      const { fromRevision, limit } = request.query;
      const end = fromRevision + limit;
      return {
        sessionId,
        events: events.slice(fromRevision, end).map(eventAnswer),
        nextRevision: end < events.length ? end : null,
      };
    },
  );
};
