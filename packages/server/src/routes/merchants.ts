import type { z } from 'zod';
import {
  changeConfigRequest,
  configAnswer,
  configuredAnswer,
  configVersionsAnswer,
  configVersionsQuery,
  FIXED_LIMITS,
  merchantParams,
  paths,
  revertRequest,
  rolloutRequest,
  type ChangeConfigRequest,
  type ConfiguredAnswer,
} from '@lapse/api';
import type { MerchantCommand } from '@lapse/domain';
import type { MerchantReading } from '@lapse/commands';
import { configVersionAnswer } from '../answers/config.js';
import type { App } from '../app.js';
import { caller } from '../http/caller.js';
import { accepted, problemOfRefusal } from '../http/problem-of.js';
import type { ServerDependencies } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

export const addMerchantRoutes = (app: App, dependencies: ServerDependencies): void => {
  addReads(app, dependencies);
  const add = <Body extends z.ZodType>(method: 'PUT' | 'POST', path: string, route: ConfigureRoute<Body>): void =>
    addConfigure(app, dependencies, method, path, route);
  add('PUT', paths.merchantConfig, {
    summary: 'Change the limit for a silent buyer, for sessions opened from now on',
    body: changeConfigRequest,
    command: changeOf,
  });
  add('POST', paths.merchantRollout, {
    summary: 'Switch a merchant over to the standard rules',
    body: rolloutRequest,
    command: (body) => ({ kind: 'rollout', buyerReplyMinutes: body?.buyerReplyMinutes }),
  });
  add('POST', paths.merchantRevert, {
    summary: 'Go back to the values of an earlier version, as a new one',
    body: revertRequest,
    command: ({ toVersion }) => ({ kind: 'revert', toVersion }),
  });
};

/** Naming a fixed limit is an attempt at it, whatever its value is. */
const changeOf = (request: ChangeConfigRequest): MerchantCommand => ({
  kind: 'change',
  buyerReplyMinutes: request.buyerReplyMinutes,
  fixed: FIXED_LIMITS.filter((name) => Object.hasOwn(request, name)),
});

interface ConfigureRoute<Body extends z.ZodType> {
  readonly summary: string;
  readonly body: Body;
  readonly command: (body: z.output<Body>) => MerchantCommand;
}

const addConfigure = <Body extends z.ZodType>(
  app: App,
  { commands }: ServerDependencies,
  method: 'PUT' | 'POST',
  url: string,
  { summary, body, command }: ConfigureRoute<Body>,
): void => {
  app.route({
    method,
    url,
    schema: {
      tags: ['merchants'],
      summary,
      description: 'Safe to repeat: a value that is in force already is no new version.',
      params: merchantParams,
      body,
      response: {
        200: configuredAnswer,
        ...problemResponses(
          ...codeSets.body,
          ...codeSets.append,
          'fixed-by-platform',
          'not-rolled-out',
          'no-such-version',
          'stream-parked',
        ),
      },
    },
    handler: async (request): Promise<ConfiguredAnswer> => {
      const { merchantId } = request.params;
      const configured = accepted(
        await commands.configure({
          merchantId,
          command: command(request.body as z.output<Body>),
          by: caller,
          trace: { correlationId: request.id },
        }),
      );
      const { changed, current, revision, position } = configured;
      return { merchantId, changed, current: configVersionAnswer(current), revision, position: position ?? null };
    },
  });
};

const addReads = (app: App, { commands }: ServerDependencies): void => {
  const read = async (merchantId: string): Promise<MerchantReading> => {
    const reading = await commands.readMerchant(merchantId);
    if ('code' in reading) throw problemOfRefusal(reading);
    return reading;
  };
  const problems = problemResponses(...codeSets.store, 'bad-value', 'unknown-field', 'stream-parked');
  app.get(
    paths.merchantConfig,
    {
      schema: {
        tags: ['merchants'],
        summary: 'The config that a session opened now would get',
        params: merchantParams,
        response: { 200: configAnswer, ...problems },
      },
    },
    async (request) => {
      const { merchantId, current } = await read(request.params.merchantId);
      return { merchantId, current: configVersionAnswer(current) };
    },
  );
  app.get(
    paths.merchantConfigVersions,
    {
      schema: {
        tags: ['merchants'],
        summary: 'Every version that was written, oldest first',
        params: merchantParams,
        querystring: configVersionsQuery,
        response: { 200: configVersionsAnswer, ...problems },
      },
    },
    async (request) => {
      const { merchantId, state } = await read(request.params.merchantId);
      const { fromVersion, limit } = request.query;
      const rest = state.versions.filter((known) => known.version >= fromVersion);
      return {
        merchantId,
        versions: rest.slice(0, limit).map(configVersionAnswer),
        nextVersion: rest[limit]?.version ?? null,
      };
    },
  );
};
