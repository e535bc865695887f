import type { AllPage, Position } from '@lapse/store';
import type { Core } from '../core.js';
import { randomUuid } from '../ids.js';
import { caughtUp, checkpoint, confirmation, type ReadAnswer } from '../wire/read-answer.js';
import { answerFor, type Reader } from './answers.js';
import { Checkpoints } from './checkpoints.js';
import type { FilterRequest } from './event-filter.js';
import { checkBoundary, headNumber, positionAt, type LogPlace } from './log-place.js';
import { PageSizer } from './page-sizer.js';
import { Pauses } from './pause.js';
import { matching } from './shown.js';

export interface AllSubscription {
  /** Exclusive: the first event handed out stands behind it. */
  readonly from: LogPlace;
  readonly filter: FilterRequest | undefined;
}

/**
 * Catch-up, then live, until the call is over. Live is catching up too, woken by the tail: whoever reads slowly falls back
 * and misses nothing. `caught_up` is sent once.
 */
export async function* subscribeAll(
  core: Core,
  reader: Reader,
  subscription: AllSubscription,
): AsyncGenerator<readonly ReadAnswer[]> {
  const watch = core.tail.watchAll();
  try {
    let after = await startOf(core, subscription.from);
    yield [confirmation(randomUuid(core.random))];
    const scan = new LiveScan(core, reader, subscription.filter);
    let isLive = subscription.from === 'end';
    if (isLive) {
      scan.goLive();
      yield [caughtUp()];
    }
    while (!reader.signal.aborted) {
      watch.reset();
      const page = await core.store.readAll({ after, maxCount: scan.nextPageSize() });
      const answers = await scan.answers(page);
      if (answers.length > 0) yield answers;
      after = page.scannedTo;
      if (!page.atEnd) continue;
      if (!isLive) {
        isLive = true;
        scan.goLive();
        yield [caughtUp()];
      }
      await watch.changed(reader.signal);
    }
  } finally {
    watch.close();
  }
}

/** A place beyond the end is taken for the end as it is now, so that whatever is appended later is handed out. */
const startOf = async (core: Core, from: LogPlace): Promise<Position | 'start'> => {
  if (from === 'start') return 'start';
  const head = await headNumber(core);
  if (from === 'end' || from.commit > head) return positionAt(core, head);
  await checkBoundary(core, from.commit, head);
  return positionAt(core, from.commit);
};

class LiveScan {
  private readonly sizer: PageSizer;
  private readonly pauses = new Pauses();
  private readonly checkpoints: Checkpoints | undefined;

  constructor(
    private readonly core: Core,
    private readonly reader: Reader,
    private readonly request: FilterRequest | undefined,
  ) {
    this.sizer = new PageSizer(core.limits.pageEventsMax, core.limits.pageBytesAim);
    this.checkpoints = request === undefined ? undefined : new Checkpoints(request.window, request.checkpointInterval);
  }

  goLive(): void {
    this.checkpoints?.goLive();
  }

  nextPageSize(): number {
    return this.sizer.next();
  }

  async answers(page: AllPage): Promise<readonly ReadAnswer[]> {
    const { core, reader } = this;
    const filter = this.request?.filter;
    const answers: ReadAnswer[] = [];
    for (let i = 0; i < page.size && !reader.signal.aborted; i += 1) {
      const event = matching(core, page, i, filter);
      if (filter !== undefined && this.pauses.isDue(filter.takeSteps())) await this.pauses.take();
      if (event !== undefined) {
        this.sizer.read(event);
        const answer = answerFor(core, reader, event);
        answers.push(answer instanceof Promise ? await answer : answer);
      }
      const due = this.checkpoints?.considered(core.positionToNumber(page.position(i)), event !== undefined);
      if (due !== undefined) answers.push(checkpoint(due.commit, due.prepare));
    }
    return answers;
  }
}
