import { configAnswer, configuredAnswer, configVersionsAnswer, type ConfigVersionAnswer } from '@lapse/api';
import { usageError } from '../cli-error.js';
import type { Io } from '../io.js';
import { withService } from '../service/with-service.js';
import { print, type FolderFlags } from './verb.js';

const configPath = (merchantId: string): string => `/v1/merchants/${encodeURIComponent(merchantId)}/config`;

/** `lapse config get MERCHANT` */
export const configGetVerb = (io: Io, merchantId: string, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const answer = await service.get(configPath(merchantId), configAnswer);
    print(io, flags, answer, () => versionLine(answer.current));
  });

/** `lapse config set MERCHANT MINUTES` */
export const configSetVerb = (io: Io, merchantId: string, minutes: string, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const buyerReplyMinutes = minutesOf(minutes);
    const answer = await service.send('PUT', configPath(merchantId), { buyerReplyMinutes }, configuredAnswer);
    print(io, flags, answer, () => changeLine(answer));
  });

/** `lapse config rollout MERCHANT` */
export const configRolloutVerb = (
  io: Io,
  merchantId: string,
  flags: FolderFlags & { readonly buyerReplyMinutes?: string },
): Promise<void> =>
  withService(io, flags, async (service) => {
    const { buyerReplyMinutes } = flags;
    const body = buyerReplyMinutes === undefined ? {} : { buyerReplyMinutes: minutesOf(buyerReplyMinutes) };
    const answer = await service.send('POST', `${configPath(merchantId)}/rollout`, body, configuredAnswer);
    print(io, flags, answer, () => changeLine(answer));
  });

/** `lapse config revert MERCHANT VERSION` */
export const configRevertVerb = (io: Io, merchantId: string, version: string, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    if (!/^\d{1,15}$/.test(version)) throw usageError(`${version} is no version: versions are 1, 2, 3 …`);
    const body = { toVersion: Number(version) };
    const answer = await service.send('POST', `${configPath(merchantId)}/revert`, body, configuredAnswer);
    print(io, flags, answer, () => changeLine(answer));
  });

/** `lapse config history MERCHANT` */
export const configHistoryVerb = (io: Io, merchantId: string, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const versions: ConfigVersionAnswer[] = [];
    let from: number | null = 0;
    while (from !== null) {
      const page: { versions: ConfigVersionAnswer[]; nextVersion: number | null } = await service.get(
        `${configPath(merchantId)}/versions?fromVersion=${from}&limit=1000`,
        configVersionsAnswer,
      );
      versions.push(...page.versions);
      from = page.nextVersion;
    }
    print(io, flags, { merchantId, versions }, () =>
      versions.length === 0 ? `nobody has configured ${merchantId} yet` : versions.map(versionLine).join('\n'),
    );
  });

/** Digits become a number; anything else goes as it is, and the rules say what they want instead (D13). */
const minutesOf = (text: string): number | string => {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : text;
};

const changeLine = (answer: { changed: boolean; current: ConfigVersionAnswer }): string =>
  `${answer.changed ? 'now' : 'unchanged:'} ${versionLine(answer.current)}`;

const versionLine = (version: ConfigVersionAnswer): string => {
  const limit = (minutes: number | null): string => (minutes === null ? 'none' : `${minutes} min`);
  const { agentReplyMinutes, buyerReplyMinutes, queueMinutes, changedBy, why } = version;
  const limits = `buyer ${limit(buyerReplyMinutes)}, agent ${limit(agentReplyMinutes)}, queue ${limit(queueMinutes)}`;
  const source = changedBy === null ? 'not written yet' : `${why} by ${changedBy.role} ${changedBy.id}`;
  return `version ${version.version}  ${version.policy}: ${limits}  (${source})`;
};
