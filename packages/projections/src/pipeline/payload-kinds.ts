import { KIND_AGENT_MESSAGE, KIND_BUYER_MESSAGE, KIND_UNCERTAIN } from '@lapse/domain';

/** Kinds whose payload is always read: messages are told by the store's columns. */
export const PAYLOAD_KINDS: readonly number[] = Array.from({ length: 7 }, (_, kind) => kind)
  .filter((kind) => kind > 0 && kind !== KIND_BUYER_MESSAGE && kind !== KIND_AGENT_MESSAGE)
  .concat(KIND_UNCERTAIN);
