import { paths } from '@lapse/api';
import type { App } from '../app.js';
import { ProblemError } from '../http/problem-error.js';

/** An address that exists, asked in a way that it does not know: 405 with what it does know, before a body is read. */
export const addMethodRefusals = (app: App): void => {
  for (const url of Object.values(paths)) {
    const known = app.supportedMethods.filter((method) => app.hasRoute({ method, url }));
    const allow = known.join(', ');
    app.route({
      method: app.supportedMethods.filter((method) => !known.includes(method)),
      url,
      schema: { hide: true },
      onRequest: (request, reply, done) => {
        reply.header('allow', allow);
        done(new ProblemError('method-not-allowed', `${request.method} is not taken here, only ${allow}.`));
      },
      handler: () => undefined,
    });
  }
};
