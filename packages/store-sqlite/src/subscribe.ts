import {
  checkPageSize,
  checkStreamPrefixes,
  StoreError,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@lapse/store';
import type { Changes } from './changes.js';
import { speakingOf } from './errors.js';
import { fileMark } from './files.js';
import { numberOf, positionOrStart } from './position.js';
import type { AllReader } from './read-all.js';

export interface SubscriptionSource {
  readonly file: string;
  readonly all: AllReader;
  readonly changes: Changes;
  /** Another process writes: look, instead of being told. */
  readonly otherWriter: boolean;
  /** Throws `store-closed`. */
  readonly checkOpen: () => void;
}

/** Catch-up, then live. A page is read when it is pulled, so nothing piles up; an abort ends it, a closed store fails it. */
export async function* subscription(
  source: SubscriptionSource,
  options: SubscribeOptions,
): AsyncGenerator<SubscriptionMessage, void, undefined> {
  const { file, all, changes, checkOpen } = source;
  const { signal, streamPrefixes, payloadOfKinds } = options;
  checkOpen();
  checkStreamPrefixes(streamPrefixes);
  const maxCount = checkPageSize(options.pageSizeMax);
  let after = numberOf(options.after);
  const mark = fileMark(file);
  const aborted = (): boolean => signal?.aborted === true;
  const grown = (): boolean => speakingOf(file, () => all.head() > after);

  while (!aborted()) {
    await nextTurn();
    checkOpen();
    if (aborted()) return;
    const page = speakingOf(file, () => all.page({ after, maxCount, streamPrefixes, payloadOfKinds }));
    if (page.looked > 0) {
      after = numberOf(page.scannedTo);
      yield { kind: 'page', page };
      continue;
    }
    yield { kind: 'caught-up', at: positionOrStart(after) };
    while (!aborted()) {
      checkOpen();
      if (grown()) break;
      await changes.next(signal);
      if (source.otherWriter) checkSameFile(file, mark);
    }
  }
}

/** Between two pages everything else has its turn, however fast the reader is. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A log that was moved away under its reader would never grow again: that must not look like silence. */
const checkSameFile = (file: string, mark: string | undefined): void => {
  if (fileMark(file) === mark) return;
  throw new StoreError('store-unavailable', `${file} was removed or replaced while it was being read; open it again`);
};
