import type { App } from './app.js';
import { ProblemError } from './http/problem-error.js';
import { CORRELATION_HEADER } from './http/send-problem.js';
import type { ServerLimits } from './limits.js';

/** What every request passes before anything of it is read: nothing unknown, not too many, not while stopping. */
export class Gate {
  #isStopping = false;
  #underWay = 0;

  constructor(private readonly limits: Pick<ServerLimits, 'requestsUnderWayMax'>) {}

  /** Requests that have begun and whose answer is not yet sent. */
  get underWay(): number {
    return this.#underWay;
  }

  stop(): void {
    this.#isStopping = true;
  }

  guard(app: App): void {
    app.addHook('onRequest', (request, reply, done) => {
      this.#underWay++;
      // `close` comes for each answer, also for one whose reader has gone.
      reply.raw.once('close', () => this.#underWay--);
      reply.header(CORRELATION_HEADER, request.id);
      done(this.#refusal(request.is404, request.raw.httpVersion, request.headers.host));
    });
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.#isStopping) reply.header('connection', 'close');
      done();
    });
  }

  #refusal(is404: boolean, httpVersion: string, host: string | undefined): ProblemError | undefined {
    if (this.#isStopping) return new ProblemError('shutting-down', 'Lapse is being stopped: ask again in a moment.');
    if (this.#underWay > this.limits.requestsUnderWayMax) {
      return new ProblemError('overloaded', `${this.limits.requestsUnderWayMax} requests are under way already.`);
    }
    if (host === undefined && httpVersion === '1.1')
      return new ProblemError('bad-request', 'The Host header is missing.');
    return is404 ? new ProblemError('no-such-route', 'Nothing is at this address.') : undefined;
  }
}
