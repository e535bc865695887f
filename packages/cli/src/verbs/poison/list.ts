import { parkedListAnswer, type ParkedListAnswer } from '@lapse/api';
import type { Io } from '../../io.js';
import { withService } from '../../service/with-service.js';
import { print, type FolderFlags } from '../verb.js';
import { plain } from './plain.js';

type Parked = ParkedListAnswer['parked'][number];

/** `lapse poison list`: every parked stream. */
export const poisonListVerb = (io: Io, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const parked: Parked[] = [];
    let after: string | null = null;
    do {
      const cursor: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
      const page: ParkedListAnswer = await service.get(`/v1/parked?limit=1000${cursor}`, parkedListAnswer);
      parked.push(...page.parked);
      after = page.next;
    } while (after !== null);
    print(io, flags, { parked }, () => listText(parked));
  });

const listText = (parked: readonly Parked[]): string => {
  const [first] = parked;
  if (first === undefined) return 'no stream is parked';
  return [...parked.map(line), `what to do: lapse poison show ${plain(first.sessionId ?? first.stream)}`].join('\n');
};

const line = ({ stream, revision, merchantId, since, why, readModels }: Parked): string => {
  const merchant = merchantId === null ? '' : `  merchant ${merchantId}`;
  const only = readModels.includes('sessions') ? '' : `  (${readModels.join(', ')} alone)`;
  return `${plain(stream)}@${revision}${merchant}  since ${since}  ${plain(why)}${only}`;
};
