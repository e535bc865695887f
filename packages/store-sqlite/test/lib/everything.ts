import type { EventStore, Position, RecordedEvent } from '@lapse/store';

/** The whole log, event by event. */
export const everything = async (store: EventStore): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  let after: Position | 'start' = 'start';
  for (;;) {
    const page = await store.readAll({ after, maxCount: 1000 });
    for (let i = 0; i < page.size; i += 1) events.push(page.event(i));
    if (page.atEnd) return events;
    after = page.scannedTo;
  }
};
