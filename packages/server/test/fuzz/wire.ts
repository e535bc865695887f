import { connect, type Socket } from 'node:net';

/** One answer as it came. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

interface Parsed extends WireAnswer {
  readonly bytes: number;
}

/** The first whole answer in what came, past any `100 Continue`; undefined where there is none yet. */
const firstAnswer = (text: string, isHead: boolean): Parsed | undefined => {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${JSON.stringify(text.slice(0, 200))}`);
  if (status === 100) {
    const rest = firstAnswer(text.slice(headEnd + 4), isHead);
    return rest && { ...rest, bytes: rest.bytes + headEnd + 4 };
  }
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const hasBody = !isHead && status !== 204 && status !== 304;
  const length = hasBody ? Number(headers.get('content-length') ?? Number.NaN) : 0;
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${JSON.stringify(text.slice(0, 200))}`);
  const bytes = headEnd + 4 + length;
  return text.length < bytes ? undefined : { status, headers, body: text.slice(headEnd + 4, bytes), bytes };
};

/** As far as the answers alone tell: those to a `HEAD` say a length and have no body. */
const anyAnswer = (text: string): Parsed | undefined => {
  if (!text.startsWith('HTTP/')) return undefined;
  const whole = firstAnswer(text, false);
  return whole === undefined || whole.body.startsWith('HTTP/') ? firstAnswer(text, true) : whole;
};

/** A connection on which one request after the other is asked, in bytes. */
export class Line {
  private received = '';
  private wake: () => void = () => undefined;
  isOver = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.wake();
    });
    // A reset is one of the ways in which either side may end a connection; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isOver = true;
      this.wake();
    });
  }

  static async to(port: number): Promise<Line> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const line = new Line(socket);
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve());
      socket.once('close', () => resolve());
    });
    return line;
  }

  /** The answer to one whole request; undefined where the connection ends without one. Rejects after `withinMs`. */
  async ask(bytes: Uint8Array, isHead: boolean, withinMs: number): Promise<WireAnswer | undefined> {
    this.socket.write(bytes);
    let answer = firstAnswer(this.received, isHead);
    await this.until(withinMs, () => (answer ??= firstAnswer(this.received, isHead)) !== undefined || this.isOver);
    this.received = this.received.slice(answer?.bytes ?? 0);
    if (answer?.headers.get('connection') === 'close') this.close();
    return answer;
  }

  /** Sends bytes, ends its own side, and gives all answers that came until the other side had ended too. */
  async askAndEnd(bytes: Uint8Array, withinMs: number): Promise<WireAnswer[]> {
    this.socket.end(bytes);
    await this.until(withinMs, () => this.isOver);
    const answers: WireAnswer[] = [];
    for (;;) {
      const answer = anyAnswer(this.received);
      if (answer === undefined) return answers;
      answers.push(answer);
      this.received = this.received.slice(answer.bytes);
    }
  }

  /** Sends bytes and is gone, with a reset instead of an orderly end. */
  async sendAndReset(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.isOver = true;
    this.socket.destroy();
  }

  private until(withinMs: number, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(new Error(`no answer within ${withinMs} ms`)), withinMs);
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.wake = () => undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.wake = () => {
        try {
          if (holds()) settle();
        } catch (error) {
          settle(error as Error);
        }
      };
      this.wake();
    });
  }
}
