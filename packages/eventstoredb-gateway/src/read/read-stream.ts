import type { RecordedEvent } from '@lapse/store';
import type { Core } from '../core.js';
import { handlerThrew, streamDeleted } from '../failure.js';
import { isVisible, lastEventOf, visibleRange, type VisibleRange } from '../streams/visible-range.js';
import { firstStreamPosition, lastStreamPosition, streamNotFound, type ReadAnswer } from '../wire/read-answer.js';
import { answerFor, type Reader } from './answers.js';
import { PageSizer } from './page-sizer.js';
import { shownEvent } from './shown.js';

export interface StreamRead {
  readonly stream: string;
  readonly direction: 'forwards' | 'backwards';
  readonly from: number | 'start' | 'end';
  readonly maxCount: number;
  /** Newer clients ask to be told where the stream begins and ends. */
  readonly tellEnds: boolean;
}

type Range = Extract<VisibleRange, { kind: 'visible' }>;

/** The answers of a read that has an end, a page at a time. */
export async function* readStream(core: Core, reader: Reader, read: StreamRead): AsyncGenerator<readonly ReadAnswer[]> {
  if (read.maxCount < 1) throw handlerThrew('At least one event must be asked for.');
  if (read.direction === 'forwards' && read.from === 'end') throw handlerThrew('Nothing stands behind the end.');
  const range = await visibleRange(core, read.stream, await core.states.of(read.stream));
  if (range.kind === 'deleted') throw streamDeleted(read.stream);
  const last = range.kind === 'missing' ? undefined : await lastEventWhereNeeded(core, read, range);
  if (range.kind === 'missing' || last === 'none') {
    yield [streamNotFound(read.stream)];
    return;
  }
  const pages =
    read.direction === 'forwards' ? forwards(core, reader, read, range) : backwards(core, reader, read, range);
  let found = false;
  for await (const page of pages) {
    found = true;
    if (page === 'no-stream') {
      yield [streamNotFound(read.stream)];
      return;
    }
    yield await toAnswers(core, reader, page);
  }
  if (read.tellEnds) yield ends(read, range, found, last);
}

/** The last revision, read only for those who want to be told it. */
const lastEventWhereNeeded = async (
  core: Core,
  { stream, tellEnds }: StreamRead,
  range: Range,
): Promise<number | 'none' | undefined> => {
  if (range.lastRevision !== undefined || !tellEnds) return range.lastRevision;
  return (await lastEventOf(core.store, stream))?.revision ?? 'none';
};

const ends = (
  { direction, from }: StreamRead,
  range: Range,
  found: boolean,
  last: number | undefined,
): readonly ReadAnswer[] => {
  const start = from === 'start' ? 0 : from;
  const skipped = direction === 'forwards' && !found && start !== 'end' && start < range.firstRevision;
  return [
    ...(skipped ? [firstStreamPosition(range.firstRevision)] : []),
    ...(last === undefined ? [] : [lastStreamPosition(last)]),
  ];
};

type Page = readonly RecordedEvent[] | 'no-stream';

async function* forwards(core: Core, { signal }: Reader, read: StreamRead, range: Range): AsyncGenerator<Page> {
  const sizer = new PageSizer(core.limits.pageEventsMax, core.limits.pageBytesAim);
  let from = Math.max(read.from === 'start' ? 0 : Number(read.from), range.firstRevision);
  let left = read.maxCount;
  while (left > 0 && !signal.aborted) {
    const page = await core.store.readStream(read.stream, { from, maxCount: sizer.next(left) });
    if (page.kind === 'no-stream') yield 'no-stream';
    if (page.kind === 'no-stream' || page.events.length === 0) return;
    const visible = page.events.filter((event) => isVisible(range, event.revision, event.storedAtMs));
    for (const event of page.events) sizer.read(event);
    left -= visible.length;
    if (visible.length > 0) yield visible;
    if (page.atEnd) return;
    from = page.events.at(-1)!.revision + 1;
  }
}

async function* backwards(core: Core, { signal }: Reader, read: StreamRead, range: Range): AsyncGenerator<Page> {
  const sizer = new PageSizer(core.limits.pageEventsMax, core.limits.pageBytesAim);
  let from: number | 'end' = read.from === 'start' ? 0 : read.from;
  let left = read.maxCount;
  while (left > 0 && !signal.aborted) {
    const maxCount = sizer.next(left);
    const page = await core.store.readStream(read.stream, { from, direction: 'backwards', maxCount });
    if (page.kind === 'no-stream') yield 'no-stream';
    if (page.kind === 'no-stream' || page.events.length === 0) return;
    const visible = page.events.filter((event) => isVisible(range, event.revision, event.storedAtMs));
    for (const event of page.events) sizer.read(event);
    left -= visible.length;
    if (visible.length > 0) yield visible;
    from = page.events.at(-1)!.revision - 1;
    if (page.atEnd || from < range.firstRevision) return;
  }
}

const toAnswers = async (
  core: Core,
  reader: Reader,
  page: readonly RecordedEvent[],
): Promise<readonly ReadAnswer[]> => {
  const answers: ReadAnswer[] = [];
  for (const event of page) {
    const answer = answerFor(core, reader, shownEvent(core, event));
    answers.push(answer instanceof Promise ? await answer : answer);
  }
  return answers;
};
