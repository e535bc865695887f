import { queueAnswer, type QueueAnswer } from '@lapse/api';
import { duration } from '../show/duration.js';
import type { Io } from '../io.js';
import { withService } from '../service/with-service.js';
import { print, type FolderFlags } from './verb.js';

export interface QueueFlags extends FolderFlags {
  readonly merchant?: string;
}

/** `lapse queue`: who waits, longest first. */
export const queueVerb = (io: Io, flags: QueueFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const waiting: QueueAnswer['waiting'] = [];
    const merchant = flags.merchant === undefined ? '' : `&merchantId=${encodeURIComponent(flags.merchant)}`;
    let after: string | null = null;
    do {
      const cursor: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
      const page: QueueAnswer = await service.get(`/v1/queue?limit=1000${merchant}${cursor}`, queueAnswer);
      waiting.push(...page.waiting);
      after = page.next;
    } while (after !== null);
    print(io, flags, { waiting }, () =>
      waiting.length === 0 ? 'nobody waits' : waiting.map(line(io.nowMs())).join('\n'),
    );
  });

const line =
  (nowMs: number) =>
  (entry: QueueAnswer['waiting'][number]): string => {
    const waits = duration(Math.max(0, nowMs - Date.parse(entry.since)));
    return `${entry.sessionId}  ${entry.merchantId}  waits ${waits} (since ${entry.since})  ${until(entry)}`;
  };

const until = ({ rule, deadline, parked }: QueueAnswer['waiting'][number]): string => {
  if (parked !== null) return `deadline unknown: parked at revision ${parked.revision}`;
  return deadline === null ? 'never expires' : `${rule} until ${deadline}`;
};
