import { PAGE_SIZE_MAX, type AllPage } from '@lapse/store';
import type { Core } from '../core.js';
import { handlerThrew } from '../failure.js';
import type { ReadAnswer } from '../wire/read-answer.js';
import { answerFor, type Reader } from './answers.js';
import type { EventFilter } from './event-filter.js';
import { checkBoundary, headNumber, positionAt, type LogPlace } from './log-place.js';
import { PageSizer } from './page-sizer.js';
import { Pauses } from './pause.js';
import { matching } from './shown.js';

export interface AllRead {
  readonly direction: 'forwards' | 'backwards';
  readonly from: LogPlace;
  readonly maxCount: number;
  readonly filter: EventFilter | undefined;
}

/** The answers of a read of the whole log that has an end, a page at a time. */
export async function* readAll(core: Core, reader: Reader, read: AllRead): AsyncGenerator<readonly ReadAnswer[]> {
  const head = await headNumber(core);
  if (typeof read.from === 'object') await checkBoundary(core, read.from.commit, head);
  yield* read.direction === 'forwards' ? forwards(core, reader, read) : backwards(core, reader, read, head);
}

/** The position that a client names is read first. */
async function* forwards(core: Core, reader: Reader, read: AllRead): AsyncGenerator<readonly ReadAnswer[]> {
  if (read.from === 'end') return;
  const scan = new Scan(core, reader, read);
  let after = positionAt(core, read.from === 'start' ? 0 : read.from.commit - 1);
  while (scan.left > 0 && !reader.signal.aborted) {
    const page = await core.store.readAll({ after, maxCount: scan.nextPageSize() });
    const answers = await scan.answers(page, range(0, page.size));
    if (answers.length > 0) yield answers;
    if (page.atEnd) return;
    after = page.scannedTo;
  }
}

/**
 * The position that a client names is *not* read. The store reads forwards only; numbers below a position are at most as
 * many as events below it, so a window of so many numbers holds all the events that stand in it.
 */
async function* backwards(
  core: Core,
  reader: Reader,
  read: AllRead,
  head: number,
): AsyncGenerator<readonly ReadAnswer[]> {
  if (read.from === 'start') return;
  let below = read.from === 'end' ? head + 1 : read.from.commit;
  if (below > head + 1) throw handlerThrew(`Position ${below} stands behind the end.`);
  const scan = new Scan(core, reader, read);
  let emptyWindows = 0;
  while (scan.left > 0 && below > 1 && !reader.signal.aborted) {
    const window = Math.min(PAGE_SIZE_MAX, scan.nextPageSize() * 2 ** Math.min(emptyWindows, 10));
    const after = Math.max(0, below - 1 - window);
    const page = await core.store.readAll({ after: positionAt(core, after), maxCount: window });
    const inWindow = countBelow(core, page, below);
    emptyWindows = inWindow === 0 ? emptyWindows + 1 : 0;
    const answers = await scan.answers(page, range(inWindow - 1, -1));
    if (answers.length > 0) yield answers;
    below = after + 1;
  }
}

const countBelow = (core: Core, page: AllPage, below: number): number => {
  let count = page.size;
  while (count > 0 && core.positionToNumber(page.position(count - 1)) >= below) count -= 1;
  return count;
};

function* range(from: number, to: number): Generator<number> {
  const step = from < to ? 1 : -1;
  for (let i = from; i !== to; i += step) yield i;
}

/** What is left of a read, and how its pages become answers. */
class Scan {
  left: number;
  private readonly sizer: PageSizer;
  private readonly pauses = new Pauses();

  constructor(
    private readonly core: Core,
    private readonly reader: Reader,
    private readonly read: AllRead,
  ) {
    this.left = read.maxCount;
    this.sizer = new PageSizer(core.limits.pageEventsMax, core.limits.pageBytesAim);
  }

  nextPageSize(): number {
    return this.sizer.next(this.read.filter === undefined ? this.left : undefined);
  }

  async answers(page: AllPage, places: Iterable<number>): Promise<readonly ReadAnswer[]> {
    const { core, reader, read } = this;
    const answers: ReadAnswer[] = [];
    for (const i of places) {
      if (this.left === 0 || reader.signal.aborted) break;
      const event = matching(core, page, i, read.filter);
      if (read.filter !== undefined && this.pauses.isDue(read.filter.takeSteps())) await this.pauses.take();
      if (event === undefined) continue;
      this.left -= 1;
      this.sizer.read(event);
      const answer = answerFor(core, reader, event);
      answers.push(answer instanceof Promise ? await answer : answer);
    }
    return answers;
  }
}
