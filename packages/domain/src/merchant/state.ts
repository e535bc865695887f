import type { ConfigData, ReadEvent } from '../events/index.js';
import type { Parked } from '../session/state.js';
import { legacyPolicy, type Limits } from './policy.js';

/** A merchant's config as its stream tells it. `versions[v - 1]` is version v; version 0 is the legacy policy. */
export interface MerchantState {
  readonly revision: number;
  readonly versions: readonly ConfigVersion[];
  /** Set where the stream holds an event that cannot be read: nothing may be decided from it. */
  readonly parked: Parked | undefined;
}

export interface ConfigVersion extends Limits {
  readonly version: number;
  /** Where in the merchant's stream it stands; null for version 0, which stands nowhere. */
  readonly merchantRevision: number | null;
  readonly data: ConfigData | undefined;
}

export const unconfigured: MerchantState = { revision: -1, versions: [], parked: undefined };

/** Before the roll-out every merchant is on this one (D16). */
export const versionZero: ConfigVersion = { ...legacyPolicy, version: 0, merchantRevision: null, data: undefined };

export const currentVersion = (state: MerchantState): ConfigVersion => state.versions.at(-1) ?? versionZero;

export type MerchantEvent =
  | { readonly kind: 'config-version'; readonly revision: number; readonly data: ConfigData }
  | { readonly kind: 'unreadable'; readonly revision: number; readonly why: string }
  | { readonly kind: 'ignored'; readonly revision: number };

/** Whatever reading an event of a merchant's stream gave, as its fold takes it. */
export const merchantEventOf = (revision: number, read: ReadEvent): MerchantEvent => {
  if (read.kind === 'unreadable') return { kind: 'unreadable', revision, why: read.why };
  return read.kind === 'event' && read.event.type === 'config-version'
    ? { kind: 'config-version', revision, data: read.event.data }
    : { kind: 'ignored', revision };
};

/** Folds one event of the merchant's stream. Total: later versions win by their place, whatever number they carry. */
export const evolveMerchant = (state: MerchantState, event: MerchantEvent): MerchantState => {
  const moved = { ...state, revision: event.revision };
  if (state.parked !== undefined) return moved;
  if (event.kind === 'unreadable') return { ...moved, parked: { revision: event.revision, why: event.why } };
  if (event.kind === 'ignored') return moved;
  return { ...moved, versions: [...state.versions, versionFromEvent(event.data, event.revision)] };
};

/** The version that one `config-version` of a merchant's stream announces: its newest event is enough to pin a session. */
export const versionFromEvent = (data: ConfigData, revision: number): ConfigVersion => ({
  policy: data.policy,
  agentReplyMinutes: data.agentReplyMinutes,
  buyerReplyMinutes: data.buyerReplyMinutes,
  queueMinutes: data.queueMinutes,
  version: data.version,
  merchantRevision: revision,
  data,
});
