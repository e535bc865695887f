import type { Core } from '../core.js';
import { isMetadataStream, LINK_TYPE, subjectOf } from '../streams/names.js';
import { isVisible, visibleRange } from '../streams/visible-range.js';
import { eventAnswer, linkAnswer, type ReadAnswer } from '../wire/read-answer.js';
import type { ShownEvent, UuidForm } from '../wire/shown-event.js';
import { textOf } from '../wire/text.js';
import { shownEvent } from './shown.js';

/** How one reader wants its events, and what it may see. */
export interface Reader {
  readonly uuidForm: UuidForm;
  readonly resolveLinks: boolean;
  readonly mayRead: (stream: string) => Promise<boolean>;
  /** Aborts when the call is over, for whatever reason. */
  readonly signal: AbortSignal;
}

/** The answer for one event. A promise only for a link that must be followed. */
export const answerFor = (core: Core, reader: Reader, event: ShownEvent): ReadAnswer | Promise<ReadAnswer> =>
  reader.resolveLinks && event.type === LINK_TYPE
    ? followLink(core, reader, event)
    : eventAnswer(event, reader.uuidForm);

const LINK = /^(\d{1,16})@(.+)$/s;

const followLink = async (core: Core, reader: Reader, link: ShownEvent): Promise<ReadAnswer> =>
  linkAnswer({ link, event: await linkedEvent(core, reader, link) }, reader.uuidForm);

/** Absent where the link leads nowhere, to a hidden event, or to a stream that this reader may not read. */
const linkedEvent = async (core: Core, reader: Reader, link: ShownEvent): Promise<ShownEvent | undefined> => {
  const [, revision, stream] = LINK.exec(textOf(link.data)) ?? [];
  if (revision === undefined || stream === undefined) return undefined;
  if (!(await reader.mayRead(isMetadataStream(stream) ? subjectOf(stream) : stream))) return undefined;
  try {
    const page = await core.store.readStream(stream, { from: Number(revision), maxCount: 1 });
    const event = page.kind === 'page' ? page.events[0] : undefined;
    if (event === undefined) return undefined;
    const range = await visibleRange(core, stream, await core.states.of(stream));
    return isVisible(range, event.revision, event.storedAtMs) ? shownEvent(core, event) : undefined;
  } catch (error) {
    core.log({ level: 'warn', message: 'a link was not followed', error });
    return undefined;
  }
};
