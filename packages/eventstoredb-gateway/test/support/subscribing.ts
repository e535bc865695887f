import type { ServiceError } from '@grpc/grpc-js';
import type { ReadResp } from '../../src/wire/messages.js';
import { until } from './bench.js';
import type { RawClient } from './raw-client.js';
import { inWords, readRequestOf, type ReadWish } from './reading.js';

/** A subscription on the wire, in words, as they come. */
export class Subscribed {
  readonly words: string[] = [];
  error: ServiceError | undefined;
  private readonly call;

  constructor(raw: RawClient, wish: ReadWish) {
    this.call = raw.streams['read']!(readRequestOf({ ...wish, subscribe: true }));
    this.call.on('data', (answer: ReadResp) => this.words.push(inWords(answer)));
    this.call.on('error', (error: ServiceError) => {
      this.error = error;
    });
  }

  /** Waits for the word to come for the `times`-th time. */
  async hears(word: string, times = 1): Promise<void> {
    await until(
      () => this.words.filter((heard) => heard === word).length >= times,
      `${word}; heard: ${this.words.slice(-20).join(' ')}`,
    );
  }

  async ends(): Promise<ServiceError> {
    await until(() => this.error !== undefined, `an end; heard: ${this.words.slice(-20).join(' ')}`);
    return this.error!;
  }

  /** Only events. */
  get events(): string[] {
    return this.words.filter((word) => word.includes('/') && !word.startsWith('checkpoint'));
  }

  get checkpoints(): string[] {
    return this.words.filter((word) => word.startsWith('checkpoint'));
  }

  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  cancel(): void {
    this.call.cancel();
  }
}
