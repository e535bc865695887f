import type { Metadata } from '@grpc/grpc-js';
import { accessDenied, unauthenticated } from './failure.js';
import type { AccessAnswer, Action, Authorize, Credentials } from './options.js';
import { isMetadataStream, subjectOf } from './streams/names.js';

const BASIC = /^basic +([a-z0-9+/=_-]+) *$/i;

/** The credentials of a call; `bad` for a header that holds none. */
export const credentialsOf = (headers: Metadata): Credentials | 'none' | 'bad' => {
  const [header] = headers.get('authorization');
  if (header === undefined) return 'none';
  const text = typeof header === 'string' ? header : header.toString('latin1');
  const encoded = BASIC.exec(text)?.[1];
  if (encoded === undefined) return 'bad';
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? 'bad' : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
};

/** What a call wants with a stream; of a metadata stream, what that means for the stream that it speaks of. */
interface Wish {
  readonly action: Action;
  readonly stream: string;
}

const wishFor = (action: Action, stream: string): Wish => {
  if (!isMetadataStream(stream)) return { action, stream };
  return { action: action === 'read' ? 'read' : 'metadata', stream: subjectOf(stream) };
};

/** Asks whether calls may do what they want, and keeps clients from hiding anything of a protected stream. */
export class Access {
  constructor(
    private readonly authorize: Authorize,
    private readonly isProtected: (stream: string) => boolean,
  ) {}

  /** Throws a failure, or rejects with it, where the call may not. Without a promise where the answer is at hand. */
  check(headers: Metadata, action: Action, stream: string): void | Promise<void> {
    const wish = wishFor(action, stream);
    const answer = this.ask(headers, wish);
    if (answer instanceof Promise) return answer.then((later) => this.act(later, wish));
    this.act(answer, wish);
  }

  async mayRead(headers: Metadata, stream: string): Promise<boolean> {
    return (await this.ask(headers, wishFor('read', stream))) === 'ok';
  }

  private ask(headers: Metadata, { action, stream }: Wish): AccessAnswer | Promise<AccessAnswer> {
    const credentials = credentialsOf(headers);
    if (credentials === 'bad') return 'unauthenticated';
    return this.authorize(credentials === 'none' ? { action, stream } : { action, stream, credentials });
  }

  private act(answer: AccessAnswer, { action, stream }: Wish): void {
    if (answer === 'unauthenticated') throw unauthenticated();
    const hides = action === 'delete' || action === 'metadata';
    if (answer === 'denied' || (hides && this.isProtected(stream))) throw accessDenied();
  }
}
