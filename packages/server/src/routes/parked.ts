import {
  parkedListAnswer,
  parkedParams,
  parkedQuery,
  parkedStreamAnswer,
  paths,
  retriedAnswer,
  retryRequest,
  skippedAnswer,
  skipRequest,
} from '@lapse/api';
import { listedParked, ownerOf, parkedByStream, parkedStream } from '../answers/parked.js';
import type { App } from '../app.js';
import { awaitPosition } from '../at-least.js';
import { parkedCursor } from '../cursor.js';
import { caller } from '../http/caller.js';
import { accepted } from '../http/problem-of.js';
import { ProblemError } from '../http/problem-error.js';
import type { ServerLimits } from '../limits.js';
import type { ServerDependencies, Views } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

/** Streams that cannot be folded, and what operators decide about them. */
export const addParkedRoutes = (app: App, dependencies: ServerDependencies, limits: ServerLimits): void => {
  addList(app, dependencies, limits);
  addShow(app, dependencies);
  addRetry(app, dependencies);
  addSkip(app, dependencies);
};

const viewsOf = ({ views }: ServerDependencies): Views => {
  if (views !== undefined) return views;
  throw new ProblemError('no-views', 'This process keeps no read side: ask one that does.');
};

const addList = (app: App, dependencies: ServerDependencies, limits: ServerLimits): void => {
  app.get(
    paths.parked,
    {
      schema: {
        tags: ['parked'],
        summary: 'Parked streams, the longest parked first',
        description: 'A parked session has no deadline that anybody knows: nothing closes it until somebody decides.',
        querystring: parkedQuery,
        response: {
          200: parkedListAnswer,
          ...problemResponses(...codeSets.views, 'bad-value', 'unknown-field', 'bad-position'),
        },
      },
    },
    async ({ query: { atLeast, after, limit } }) => {
      const views = viewsOf(dependencies);
      await awaitPosition(views, atLeast, limits.atLeastMs);
      const behind = parkedCursor.read(after);
      const all = parkedByStream(views.parked())
        .map(({ stream, of }) => ({ sinceMs: of[0]?.storedAtMs ?? 0, stream, of }))
        .sort(inOrder);
      const rest = behind === undefined ? all : all.filter((one) => inOrder(one, behind) > 0);
      const page = rest.slice(0, limit);
      const last = rest.length > limit ? page.at(-1) : undefined;
      return {
        parked: page.map(({ stream, of }) =>
          listedParked(of, ownerOf(dependencies.commands.names.read(stream), views)),
        ),
        next: parkedCursor.write(last === undefined ? undefined : { sinceMs: last.sinceMs, stream: last.stream }),
      };
    },
  );
};

interface InList {
  readonly sinceMs: number;
  readonly stream: string;
}
const inOrder = (a: InList, b: InList): number =>
  a.sinceMs - b.sinceMs || (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0);

const addShow = (app: App, dependencies: ServerDependencies): void => {
  app.get(
    paths.parkedStream,
    {
      schema: {
        tags: ['parked'],
        summary: 'A parked stream: the event that cannot be read, and what can be done',
        description: 'Named whole, or for a session by its id. Of a stream that was parked once, what was decided.',
        params: parkedParams,
        response: {
          200: parkedStreamAnswer,
          ...problemResponses(...codeSets.store, 'bad-value', 'no-such-stream', 'not-parked'),
        },
      },
    },
    async (request) => {
      const { commands, views } = dependencies;
      const reading = accepted(await commands.readParked(request.params.stream));
      const { stream, name, parked, decisions } = reading;
      const stopped = views?.parked().filter((one) => one.stream === stream) ?? [];
      if (parked === undefined && stopped.length === 0 && decisions.length === 0) {
        throw new ProblemError('not-parked', `${stream} is not parked and never was decided about.`);
      }
      return parkedStream(reading, ownerOf(name, views), stopped);
    },
  );
};

const decisionProblems = problemResponses(
  ...codeSets.body,
  ...codeSets.append,
  'no-such-stream',
  'not-parked',
  'stream-parked',
  'wrong-revision',
);

const addRetry = (app: App, dependencies: ServerDependencies): void => {
  app.post(
    paths.parkedRetry,
    {
      schema: {
        tags: ['parked'],
        summary: 'Have the read models fold a parked stream again',
        description:
          'For a stream that this Lapse can read and an older one could not, or that a read model no longer trips over.',
        params: parkedParams,
        body: retryRequest,
        response: { 200: retriedAnswer, ...decisionProblems },
      },
    },
    async (request) => {
      const { commands, views } = dependencies;
      const { stream } = request.params;
      const reading = accepted(await commands.readParked(stream));
      const isStopped = views?.parked().some((one) => one.stream === reading.stream) ?? true;
      if (reading.parked === undefined && !isStopped) {
        throw new ProblemError('not-parked', `${reading.stream} is not parked: there is nothing to retry.`);
      }
      const why = request.body?.why;
      const trace = { correlationId: request.id };
      const retried = accepted(await commands.retryParked({ stream, why, by: caller, trace }));
      const { parked, position } = retried;
      return {
        outcome: 'retried' as const,
        stream: retried.stream,
        parked: parked === undefined ? null : { ...parked },
        position: position ?? null,
      };
    },
  );
};

const addSkip = (app: App, { commands }: ServerDependencies): void => {
  app.post(
    paths.parkedSkip,
    {
      schema: {
        tags: ['parked'],
        summary: 'Leave out the event that parks a stream, for good',
        description: 'Safe to repeat. From then on the event is ignored and counted, in every process.',
        params: parkedParams,
        body: skipRequest,
        response: { 200: skippedAnswer, ...decisionProblems },
      },
    },
    async (request) => {
      const { stream } = request.params;
      const trace = { correlationId: request.id };
      const skipped = accepted(await commands.skipParked({ stream, ...request.body, by: caller, trace }));
      const { revision, parked, position, repeated } = skipped;
      return {
        outcome: repeated ? ('repeated' as const) : ('skipped' as const),
        stream: skipped.stream,
        revision,
        parked: parked === undefined ? null : { ...parked },
        position: position ?? null,
      };
    },
  );
};
