import { metricsAnswer, paths } from '@lapse/api';
import type { App } from '../app.js';
import type { Metrics } from '../metrics/metrics.js';
import { problemResponses } from './describe.js';

export const addMetricsRoute = (app: App, metrics: Metrics): void => {
  app.get(
    paths.metrics,
    {
      schema: {
        tags: ['health'],
        summary: 'Numbers for Prometheus',
        response: {
          200: { description: 'Text, version 0.0.4', content: { 'text/plain': { schema: metricsAnswer } } },
          ...problemResponses(),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.text();
      return reply.type(metrics.contentType).send(text);
    },
  );
};

/** Counts what is answered, whoever answers it: also what no handler has seen. */
export const observeRequests = (app: App, metrics: Metrics): void => {
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.is404 ? undefined : request.routeOptions.url;
    metrics.answered({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
    if (method === 'POST' && (route === paths.sessions || route === paths.sessionEvents)) {
      metrics.appended(reply.statusCode);
    }
    done();
  });
};
