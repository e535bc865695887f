import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_CONTENT_TYPE, problemCodes, type ProblemCode } from '@lapse/api';
import { ProblemError } from './problem-error.js';
import { CORRELATION_HEADER, problemBody } from './send-problem.js';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Answers bytes that never became a request: broken HTTP, headers beyond the limit, a request that did not arrive in
 * time. An answer is written only where it cannot be taken for that of an earlier request which is still being worked on.
 */
export class ClientErrors {
  readonly #latest = new WeakMap<Socket, Exchange>();

  constructor(private readonly newCorrelationId: () => string) {}

  /** To be told of every request that has begun. */
  began(request: IncomingMessage, response: ServerResponse): void {
    this.#latest.set(request.socket, { request, response });
  }

  answer(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable || this.#isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const code = codeOf(error);
    const id = this.newCorrelationId();
    const { status, title } = problemCodes[code];
    const body = JSON.stringify(problemBody(new ProblemError(code, title), id));
    const head = [
      `HTTP/1.1 ${status} ${code}`,
      `content-type: ${PROBLEM_CONTENT_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `${CORRELATION_HEADER}: ${id}`,
      'connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  }

  #isAnswering(socket: Socket): boolean {
    const latest = this.#latest.get(socket);
    if (latest === undefined || latest.response.writableFinished) return false;
    return latest.request.complete || latest.response.headersSent;
  }
}

const codeOf = (error: NodeJS.ErrnoException): ProblemCode => {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers-too-large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'body-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request-timeout';
    default:
      return 'bad-request';
  }
};
