import { liveAnswer, paths, readyAnswer } from '@lapse/api';
import type { App } from '../app.js';
import { ProblemError } from '../http/problem-error.js';
import type { ServerDependencies } from '../ports.js';
import { problemResponses } from './describe.js';

export const addHealthRoutes = (app: App, { ready }: ServerDependencies): void => {
  app.get(
    paths.live,
    {
      schema: {
        tags: ['health'],
        summary: 'The process answers',
        response: { 200: liveAnswer, ...problemResponses() },
      },
    },
    () => ({ status: 'alive' as const }),
  );
  app.get(
    paths.ready,
    {
      schema: {
        tags: ['health'],
        summary: 'Everything that is needed is there and has caught up',
        response: { 200: readyAnswer, ...problemResponses('not-ready') },
      },
    },
    async () => {
      const { ready: isReady, checks } = await ready();
      const shown = checks.map(({ name, ready, detail }) => ({ name, ready, detail }));
      if (isReady) return { ready: true as const, checks: shown };
      const missing = shown.filter((check) => !check.ready).map((check) => check.name);
      throw new ProblemError('not-ready', `Not ready: ${missing.join(', ')}.`, { checks: shown });
    },
  );
  app.get(paths.openapi, { schema: { hide: true } }, () => app.swagger());
};
