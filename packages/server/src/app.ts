import swagger from '@fastify/swagger';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { ClientErrors } from './http/client-error.js';
import { correlationIdOf, newCorrelationId } from './http/correlation.js';
import { parseJsonBody } from './http/json-body.js';
import { problemOf } from './http/problem-of.js';
import { sendProblem } from './http/send-problem.js';
import { validate } from './http/validate.js';
import { namedSchemas } from './openapi.js';
import { CONNECTION_CHECK_MS_MAX, type ServerLimits } from './limits.js';

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, Logger, ZodTypeProvider>;

/** Fastify with everything about HTTP settled and no route yet: parsing, validation, errors, bounds, the document. */
export const createApp = (logger: Logger, limits: ServerLimits): App => {
  const clientErrors = new ClientErrors(newCorrelationId);
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: correlationIdOf,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    routerOptions: { maxParamLength: limits.pathPartCharsMax },
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: Math.min(limits.headersMs, limits.requestMs),
      connectionsCheckingInterval: Math.min(limits.headersMs, CONNECTION_CHECK_MS_MAX),
      // Node would answer a missing Host without a body: we refuse it in our own words.
      requireHostHeader: false,
    },
    // A request on an open connection while we stop is answered in our own words too.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, problemOf(error)),
    clientErrorHandler: (error, socket) => clientErrors.answer(error, socket),
  }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = limits.connectionsMax;
  // Node would answer an expectation that it does not know with a bare 417; a server may also leave it alone.
  app.server.on('checkExpectation', (request, response) => void app.server.emit('request', request, response));
  app.addHook('onRequest', (request, reply, done) => {
    clientErrors.began(request.raw, reply.raw);
    done();
  });
  useContract(app, limits);
  return app;
};

const useContract = (app: Pick<App, keyof App>, limits: ServerLimits): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseJsonBody(request.headers, body as Buffer, limits.bodyDepthMax));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setValidatorCompiler<z.ZodType>(
    ({ schema, httpPart }) =>
      (value: unknown) =>
        validate(schema, httpPart, value),
  );
  // Answers are typed against the contract, and the tests parse each with its schema; doing so here could only turn a
  // good answer into an error.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, problemOf(error)));
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lapse',
        version: '1',
        description: 'Sessions between a buyer and a merchant, closed exactly once at exactly their deadline.',
      },
    },
    ...namedSchemas,
  });
};
