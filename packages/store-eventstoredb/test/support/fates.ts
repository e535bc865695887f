import type { Metadata } from '@grpc/grpc-js';

/** What the fault server does with one append; everything it can do to it a network can do too. */
export type AppendFate =
  | { readonly kind: 'serve' }
  /** Never answered, written or not. */
  | { readonly kind: 'silent'; readonly written: boolean }
  /** The call fails with a status, written or not. */
  | {
      readonly kind: 'fail';
      readonly written: boolean;
      readonly code: number;
      readonly details?: string;
      readonly trailers?: Readonly<Record<string, string>>;
    }
  /** The whole connection is cut, written or not. */
  | { readonly kind: 'cut'; readonly written: boolean }
  /** A batch call ends without an error; its appends stay without an answer. */
  | { readonly kind: 'end'; readonly written: boolean }
  /** A batch answer comes twice, and one for nobody before it. */
  | { readonly kind: 'twice' }
  /** A conflict is answered although these very events stand in the log. */
  | { readonly kind: 'refuse' }
  /** Another writer's event comes first. */
  | { readonly kind: 'overtaken'; readonly then: AppendFate }
  /** A batch answer with an error by this name, or a message that no client knows. */
  | { readonly kind: 'answer'; readonly type: string; readonly message: string };

export const SERVE: AppendFate = { kind: 'serve' };

export interface AppendSeen {
  /** 1, 2, 3 … over all appends. */
  readonly n: number;
  readonly path: 'classic' | 'batch';
  readonly stream: string;
  readonly ids: readonly string[];
  readonly metadata: Metadata;
}

/** Where a read goes wrong: after so many messages. */
export type ReadFate =
  | { readonly kind: 'serve' }
  | {
      readonly kind: 'end' | 'silent' | 'cut';
      readonly afterMessages: number;
    }
  | {
      readonly kind: 'fail';
      readonly afterMessages: number;
      readonly code: number;
      readonly details?: string;
      readonly trailers?: Readonly<Record<string, string>>;
    };

export interface ReadSeen {
  readonly n: number;
  readonly isSubscription: boolean;
  readonly isAll: boolean;
  readonly isFiltered: boolean;
  readonly metadata: Metadata;
}

/** Every place at which the fault server can be told to misbehave. */
export interface Switches {
  append: (seen: AppendSeen) => AppendFate | Promise<AppendFate>;
  read: (seen: ReadSeen) => ReadFate;
  /** Status of the next answers about features; 0 serves. */
  features: () => number;
  /** How long gossip takes; `never` keeps silent. */
  gossip: () => 'serve' | 'never';
}

export const HARMLESS = (): Switches => ({
  append: () => SERVE,
  read: () => ({ kind: 'serve' }),
  features: () => 0,
  gossip: () => 'serve',
});
