import { StoreError } from './errors.js';
import { PAGE_SIZE_DEFAULT, type EventStore, type RecordedEvent } from './port.js';
import { shown } from './validate.js';

export interface ReadWholeStreamOptions {
  /** The first revision, inclusive; default 0. */
  readonly from?: number;
  /** Events of one read; default {@link PAGE_SIZE_DEFAULT}. */
  readonly pageSize?: number;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * The events of a stream in order to its end, in bounded pages: never more than one page is held. Events appended meanwhile
 * are read too. A stream that does not exist has none.
 */
export async function* readWholeStream(
  store: EventStore,
  stream: string,
  options: ReadWholeStreamOptions = {},
): AsyncGenerator<RecordedEvent, void, undefined> {
  const { pageSize = PAGE_SIZE_DEFAULT, signal } = options;
  let from = options.from ?? 0;
  for (;;) {
    const page = await store.readStream(stream, {
      from,
      maxCount: pageSize,
      ...(signal === undefined ? {} : { signal }),
    });
    if (page.kind === 'no-stream') return;
    yield* page.events;
    if (page.atEnd) return;
    const last = page.events.at(-1);
    if (last === undefined)
      throw new StoreError('store-corrupt', `${shown(stream)}: an empty page that is not the end`);
    from = last.revision + 1;
  }
}
