import { isActorId, isUlid } from './ids.js';

/** What a stream's name says. `foreign`: not ours. `bad`: it claims to be ours, but its id cannot be one. */
export type StreamName =
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'merchant'; readonly id: string }
  /** `decidesOn`: the session's or merchant's stream whose parking it holds the decisions on; undefined for the others. */
  | { readonly kind: 'operations'; readonly id: string; readonly decidesOn: string | undefined }
  | { readonly kind: 'bad'; readonly why: string }
  | { readonly kind: 'foreign' };

export interface StreamNames {
  session(id: string): string;
  merchant(id: string): string;
  operations(id: string): string;
  /** Where the decisions on a parked stream stand, by that stream's whole name; undefined where nobody can decide. */
  decisionsOn(stream: string): string | undefined;
  /** What a filter of the total order needs to see all of ours and nothing else. */
  readonly prefixes: { readonly session: string; readonly merchant: string; readonly operations: string };
  read(name: string): StreamName;
}

const streamPrefixPattern = /^[A-Za-z0-9._~-]{0,64}$/;

/**
 * How streams are named: `session-<ULID>`, `merchant-<id>`, `ops-<id>`, all behind `prefix` (for a cluster shared with
 * other systems); the decisions on a parked stream stand in `ops-<name of that stream>`. Throws a RangeError for a prefix
 * with other characters than ids have.
 */
export const streamNames = (prefix = ''): StreamNames => {
  if (!streamPrefixPattern.test(prefix)) throw new RangeError(`streamPrefix ${JSON.stringify(prefix)} is not allowed`);
  const prefixes = {
    session: `${prefix}session-`,
    merchant: `${prefix}merchant-`,
    operations: `${prefix}ops-`,
  };
  const read = (name: string): StreamName => {
    if (name.startsWith(prefixes.session)) {
      const id = name.slice(prefixes.session.length);
      return isUlid(id) ? { kind: 'session', id } : { kind: 'bad', why: 'the name of the stream holds no ULID' };
    }
    if (name.startsWith(prefixes.merchant)) {
      const id = name.slice(prefixes.merchant.length);
      return isActorId(id) ? { kind: 'merchant', id } : { kind: 'bad', why: 'the name holds no merchant id' };
    }
    if (name.startsWith(prefixes.operations)) {
      const id = name.slice(prefixes.operations.length);
      const isAStream = id.startsWith(prefixes.session) || id.startsWith(prefixes.merchant);
      return { kind: 'operations', id, decidesOn: isAStream ? id : undefined };
    }
    return { kind: 'foreign' };
  };
  return {
    session: (id) => prefixes.session + id,
    merchant: (id) => prefixes.merchant + id,
    operations: (id) => prefixes.operations + id,
    decisionsOn: (stream) => {
      const { kind } = read(stream);
      return kind === 'session' || kind === 'merchant' ? prefixes.operations + stream : undefined;
    },
    prefixes,
    read,
  };
};
