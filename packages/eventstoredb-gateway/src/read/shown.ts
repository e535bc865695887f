import type { AllPage, RecordedEvent } from '@lapse/store';
import type { Core } from '../core.js';
import { isMetadataStream, subjectOf, TOMBSTONE_REVISION, TOMBSTONE_TYPE } from '../streams/names.js';
import type { ShownEvent } from '../wire/shown-event.js';
import type { EventFilter } from './event-filter.js';

/** An event as readers are shown it: a tombstone's marker is an event of the stream that it ended. */
export const shownEvent = ({ positionToNumber }: Core, event: RecordedEvent): ShownEvent => {
  const shown = { ...event, position: positionToNumber(event.position) };
  return event.type === TOMBSTONE_TYPE && isMetadataStream(event.stream)
    ? { ...shown, stream: subjectOf(event.stream), revision: TOMBSTONE_REVISION }
    : shown;
};

/** The event at this place of a page where it passes the filter. A payload is read only where it must be. */
export const matching = (
  core: Core,
  page: AllPage,
  i: number,
  filter: EventFilter | undefined,
): ShownEvent | undefined => {
  if (filter === undefined) return shownEvent(core, page.event(i));
  if (filter.on === 'stream' && !isMetadataStream(page.stream(i))) {
    return filter.test(page.stream(i)) ? shownEvent(core, page.event(i)) : undefined;
  }
  const event = shownEvent(core, page.event(i));
  return filter.test(filter.on === 'stream' ? event.stream : event.type) ? event : undefined;
};
