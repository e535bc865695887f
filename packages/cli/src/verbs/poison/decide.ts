import { parkedListAnswer, parkedStreamPath, retriedAnswer, skippedAnswer } from '@lapse/api';
import { CliError, usageError } from '../../cli-error.js';
import type { Io } from '../../io.js';
import type { Service } from '../../service/http.js';
import { withService } from '../../service/with-service.js';
import { print, type FolderFlags } from '../verb.js';
import { plain } from './plain.js';

export interface RetryFlags extends FolderFlags {
  readonly why?: string;
}

export interface SkipFlags extends FolderFlags {
  readonly revision: string;
  readonly why: string;
}

/** `lapse poison retry STREAM` */
export const poisonRetryVerb = (io: Io, stream: string, flags: RetryFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const answer = await service.send('POST', `${parkedStreamPath(stream)}/retry`, { why: flags.why }, retriedAnswer);
    await followedBy(service, answer.position);
    print(io, flags, answer, () => `retried ${plain(answer.stream)}: ${standing(answer)}`);
  });

/** `lapse poison skip STREAM --revision N --why TEXT` */
export const poisonSkipVerb = (io: Io, stream: string, flags: SkipFlags): Promise<void> => {
  const revision = revisionOf(flags.revision);
  return withService(io, flags, async (service) => {
    const request = { revision, why: flags.why };
    const answer = await service.send('POST', `${parkedStreamPath(stream)}/skip`, request, skippedAnswer);
    await followedBy(service, answer.position);
    const done = answer.outcome === 'repeated' ? 'was skipped before' : 'skipped';
    print(io, flags, answer, () => `${plain(answer.stream)}@${revision} ${done}: ${standing(answer)}`);
  });
};

const revisionOf = (text: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(`--revision takes the number of an event in the stream, not ${text}`);
};

const standing = ({ stream, parked }: { stream: string; parked: { revision: number; why: string } | null }): string => {
  if (parked === null) return 'it can be read to its end, and goes on';
  const where = `parked at revision ${parked.revision}: ${plain(parked.why)}`;
  return `it is ${where}\nwhat to do: lapse poison show ${plain(stream)}`;
};

/** Lists asked for next show the decision. The decision itself stands, whatever the read side does. */
const followedBy = async (service: Service, position: string | null): Promise<void> => {
  if (position === null) return;
  try {
    await service.get(`/v1/parked?limit=1&atLeast=${encodeURIComponent(position)}`, parkedListAnswer);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
};
