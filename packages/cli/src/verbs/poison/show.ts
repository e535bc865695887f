import { parkedStreamAnswer, parkedStreamPath, type ParkedStreamAnswer } from '@lapse/api';
import type { Io } from '../../io.js';
import { withService } from '../../service/with-service.js';
import { print, type FolderFlags } from '../verb.js';
import { plain } from './plain.js';

/** `lapse poison show STREAM`: what is wrong with it, and what can be done. */
export const poisonShowVerb = (io: Io, stream: string, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const answer = await service.get(parkedStreamPath(stream), parkedStreamAnswer);
    print(io, flags, answer, () => showText(answer));
  });

const showText = (shown: ParkedStreamAnswer): string =>
  [
    headline(shown),
    ...(shown.parked !== null && shown.kind === 'session'
      ? ['deadline  unknown: nothing closes it while it is parked']
      : []),
    ...eventLines(shown.event),
    ...shown.readModels.map(({ name, revision, why }) => `stopped   ${name} at revision ${revision}: ${plain(why)}`),
    ...shown.decisions.map(decisionLine),
    ...shown.advice.map((advice) => `to do     ${advice}`),
    ...commandLines(shown),
  ].join('\n');

const headline = ({ stream, merchantId, parked }: ParkedStreamAnswer): string => {
  const merchant = merchantId === null ? '' : `  merchant ${merchantId}`;
  const says =
    parked === null ? 'can be read to its end' : `parked at revision ${parked.revision}: ${plain(parked.why)}`;
  return `${plain(stream)}${merchant}  ${says}`;
};

const eventLines = (event: ParkedStreamAnswer['event']): string[] => {
  if (event === null) return [];
  const { type, id, storedAt, contentType, data, dataBytes, metadata, metadataBytes } = event;
  return [
    `event     ${plain(type)} ${id}  stored ${storedAt}  ${contentType}`,
    `data      ${dataBytes} bytes: ${plain(data)}`,
    ...(metadataBytes === 0 ? [] : [`metadata  ${metadataBytes} bytes: ${plain(metadata)}`]),
  ];
};

const decisionLine = ({ type, revision, why, by, at }: ParkedStreamAnswer['decisions'][number]): string => {
  const what = type === 'stream-skipped' ? `revision ${revision} skipped` : 'retried';
  return `decided   ${at}  ${what} by ${by.role} ${by.id}${why === null ? '' : `: ${plain(why)}`}`;
};

const commandLines = ({ stream, kind, sessionId, parked, readModels }: ParkedStreamAnswer): string[] => {
  const named = plain(sessionId ?? stream);
  if (kind === 'other') return [];
  if (parked !== null) return [`          lapse poison skip ${named} --revision ${parked.revision} --why "…"`];
  return readModels.length === 0 ? [] : [`          lapse poison retry ${named}`];
};
