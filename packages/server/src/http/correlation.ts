import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CORRELATION_ID_CHARS_MAX } from '@lapse/api';
import { CORRELATION_HEADER } from './send-problem.js';

const visibleAscii = /^[!-~]+$/;

export const newCorrelationId = (): string => randomUUID();

/** The caller's own id where it is one that a log and a header can carry; else a new one. */
export const correlationIdOf = (request: Pick<IncomingMessage, 'headers'>): string => {
  const given = request.headers[CORRELATION_HEADER];
  const isUsable = typeof given === 'string' && given.length <= CORRELATION_ID_CHARS_MAX && visibleAscii.test(given);
  return isUsable ? given : newCorrelationId();
};
