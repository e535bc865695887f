import { KIND_CONFIG, type ConfigData } from '@lapse/domain';
import type { Projector } from '../projector.js';

/** One version of a merchant's config, as its stream announced it. */
export type MerchantVersionRow = {
  version: number;
  policy: ConfigData['policy'];
  agentReplyMinutes: number | null;
  buyerReplyMinutes: number | null;
  queueMinutes: number | null;
  why: ConfigData['why'];
  changedBy: { role: ConfigData['changedBy']['role']; id: string };
  atMs: number;
  revision: number;
};

const REVISION_DIGITS = 10;

/** `m1/0000000003`: a merchant's versions stand together, in the order of its stream. */
export const versionKey = (merchantId: string, revision: number): string =>
  `${merchantId}/${String(revision).padStart(REVISION_DIGITS, '0')}`;

/** `merchant-versions`: every config version of every merchant. */
export const merchantVersions: Projector<MerchantVersionRow> = {
  name: 'merchant-versions',
  version: 1,
  reads: ['merchant'],
  kinds: [KIND_CONFIG],
  keysOf: (event) => (event.event?.type === 'config-version' ? [versionKey(event.id, event.revision)] : []),
  start: () => ({ ...none }),
  apply: (row, { event, revision }) => {
    if (event?.type !== 'config-version') return row;
    const { version, policy, agentReplyMinutes, buyerReplyMinutes, queueMinutes, why, changedBy } = event.data;
    const limits = { agentReplyMinutes, buyerReplyMinutes, queueMinutes };
    const by = { role: changedBy.role, id: changedBy.id };
    return { version, policy, ...limits, why, changedBy: by, atMs: event.occurredAtMs, revision };
  },
};

const none: MerchantVersionRow = {
  version: 0,
  policy: 'none',
  agentReplyMinutes: null,
  buyerReplyMinutes: null,
  queueMinutes: null,
  why: 'change',
  changedBy: { role: 'system', id: 'lapse' },
  atMs: 0,
  revision: -1,
};
