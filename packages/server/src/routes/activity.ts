import {
  activityAnswer,
  activityQuery,
  merchantAnswer as merchantAnswerSchema,
  merchantParams,
  merchantQuery,
  merchantsAnswer,
  merchantsQuery,
  paths,
} from '@lapse/api';
import { merchants as merchantRows } from '@lapse/projections';
import { activityHour, merchantAnswer } from '../answers/activity.js';
import type { App } from '../app.js';
import { awaitPosition } from '../at-least.js';
import { hourCursor, merchantCursor } from '../cursor.js';
import { ProblemError } from '../http/problem-error.js';
import type { ServerLimits } from '../limits.js';
import type { ServerDependencies, Views } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

type UpTo = (atLeast: string | undefined) => Promise<Views>;

const problems = problemResponses(...codeSets.views, 'bad-value', 'unknown-field', 'bad-position');

/** What the read side has counted. */
export const addActivityRoutes = (app: App, { views }: ServerDependencies, limits: ServerLimits): void => {
  const upTo: UpTo = async (atLeast) => {
    if (views === undefined) throw new ProblemError('no-views', 'This process keeps no read side: ask one that does.');
    await awaitPosition(views, atLeast, limits.atLeastMs);
    return views;
  };
  addActivity(app, upTo);
  addMerchants(app, upTo);
};

const addActivity = (app: App, upTo: UpTo): void => {
  app.get(
    paths.activity,
    {
      schema: {
        tags: ['lists'],
        summary: 'What happened hour by hour, newest first',
        description: 'An event belongs to the hour (UTC) in which it happened, whenever it was received.',
        querystring: activityQuery,
        response: { 200: activityAnswer, ...problems },
      },
    },
    async ({ query: { atLeast, after, merchantId, from, to, limit } }) => {
      const { merchants } = await upTo(atLeast);
      const query = { merchantId, fromMs: from, toMs: to, after: hourCursor.read(after), limit };
      const { hours, next } = merchants.activity(query);
      return { merchantId: merchantId ?? null, hours: hours.map(activityHour), next: hourCursor.write(next) };
    },
  );
};

const addMerchants = (app: App, upTo: UpTo): void => {
  app.get(
    paths.merchants,
    {
      schema: {
        tags: ['merchants'],
        summary: 'Merchants and the sessions of each, counted',
        querystring: merchantsQuery,
        response: { 200: merchantsAnswer, ...problems },
      },
    },
    async ({ query: { atLeast, after, limit } }) => {
      const { merchants, next } = (await upTo(atLeast)).merchants.list({ after: merchantCursor.read(after), limit });
      return { merchants: merchants.map(merchantAnswer), next: merchantCursor.write(next) };
    },
  );
  app.get(
    paths.merchant,
    {
      schema: {
        tags: ['merchants'],
        summary: 'The sessions of a merchant, counted: how far an old version is drained',
        params: merchantParams,
        querystring: merchantQuery,
        response: { 200: merchantAnswerSchema, ...problems },
      },
    },
    async ({ params: { merchantId }, query: { atLeast } }) => {
      const { merchants } = await upTo(atLeast);
      return merchantAnswer(merchants.byId(merchantId) ?? { merchantId, ...merchantRows.start(merchantId) });
    },
  );
};
