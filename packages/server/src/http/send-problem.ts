import { PROBLEM_CONTENT_TYPE, problemCodes, problemType, type Problem, type ProblemCode } from '@lapse/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemError } from './problem-error.js';

export const CORRELATION_HEADER = 'x-correlation-id';

export const problemBody = (error: ProblemError, correlationId: string): Problem => {
  const { status, title } = problemCodes[error.code];
  return {
    type: problemType(error.code),
    title,
    status,
    code: error.code,
    detail: error.message,
    correlationId,
    ...error.extras,
  };
};

const RETRY_AFTER_SECONDS = 1;
/** A full disk does not empty itself in a second. */
const RETRY_AFTER_DISK_FULL_SECONDS = 30;

/** For `Retry-After`; `undefined` where waiting does not help. */
const retryAfterSeconds = (code: ProblemCode): number | undefined => {
  const { status, retry } = problemCodes[code];
  if (code === 'disk-full') return RETRY_AFTER_DISK_FULL_SECONDS;
  return status === 503 && retry !== 'no' ? RETRY_AFTER_SECONDS : undefined;
};

/** Sent as bytes, so that no serializer stands between a fault and its answer. */
export const sendProblem = (request: FastifyRequest, reply: FastifyReply, error: ProblemError): FastifyReply => {
  logFault(request, error);
  const waitSeconds = retryAfterSeconds(error.code);
  if (waitSeconds !== undefined) reply.header('retry-after', String(waitSeconds));
  return reply
    .code(problemCodes[error.code].status)
    .header(CORRELATION_HEADER, request.id)
    .type(PROBLEM_CONTENT_TYPE)
    .send(Buffer.from(JSON.stringify(problemBody(error, request.id))));
};

/** Answers that say no more than "not yet" are asked for all the time and would flood a log. */
const quietCodes: ReadonlySet<ProblemCode> = new Set([
  'not-ready',
  'no-views',
  'shutting-down',
  'position-not-reached',
]);

const logFault = (request: FastifyRequest, error: ProblemError): void => {
  const { status } = problemCodes[error.code];
  if (status < 500 || quietCodes.has(error.code)) return;
  const what = {
    correlationId: request.id,
    code: error.code,
    method: request.method,
    route: request.routeOptions.url,
    err: error.cause ?? error,
  };
  if (status === 500) request.log.error(what, 'a request failed');
  else request.log.warn(what, 'a request could not be served');
};
