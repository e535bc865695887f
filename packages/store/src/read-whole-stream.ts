import { PAGE_SIZE_DEFAULT, type EventStore, type RecordedEvent } from './port.js';

export interface ReadWholeStreamOptions {
  /** The first revision to read, inclusive. Default 0. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/** Every event of a stream from its first (or `from`) on, read page by page; nothing for a stream that is not there. */
export async function* readWholeStream(
  store: EventStore,
  stream: string,
  options: ReadWholeStreamOptions = {},
): AsyncGenerator<RecordedEvent, void, undefined> {
  let from = options.from ?? 0;
  const { signal } = options;
  for (;;) {
    const page = await store.readStream(stream, {
      from,
      maxCount: PAGE_SIZE_DEFAULT,
      ...(signal === undefined ? {} : { signal }),
    });
    if (page.kind === 'no-stream') return;
    yield* page.events;
    const last = page.events.at(-1);
    if (page.atEnd || last === undefined) return;
    from = last.revision + 1;
  }
}
