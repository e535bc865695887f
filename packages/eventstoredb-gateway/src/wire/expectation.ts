import { AppendResp, Empty, GoogleEmpty, WrongExpectedVersion } from './messages.js';

/** What a writer says of the stream that it writes to. */
export interface Expectation {
  readonly kind: 'any' | 'stream-exists' | 'no-stream' | 'revision';
  /** The last revision that the stream must have, -1 for none; undefined where any will do. */
  readonly revision: number | undefined;
  /** As error trailers show it: -2, -4, -1 or the number that was sent. */
  readonly text: string;
}

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

export const ANY: Expectation = { kind: 'any', revision: undefined, text: '-2' };
export const STREAM_EXISTS: Expectation = { kind: 'stream-exists', revision: undefined, text: '-4' };
export const NO_STREAM_EXPECTED: Expectation = { kind: 'no-stream', revision: -1, text: '-1' };

/**
 * An explicit revision, an unsigned number on the wire. The highest one means "no stream", as it does on a node; other
 * numbers that are not signed ones give undefined. A number that no stream can reach stays wrong for every stream.
 */
export const expectRevision = (uint64: string): Expectation | undefined => {
  const revision = BigInt(uint64);
  if (revision === UINT64_MAX) return { kind: 'revision', revision: -1, text: '-1' };
  if (revision > INT64_MAX) return undefined;
  return {
    kind: 'revision',
    revision: revision > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(revision),
    text: uint64,
  };
};

const uint64Text = (int64: string): string => BigInt.asUintN(64, BigInt(int64)).toString();

/** The answer of an append whose revision was wrong. It says everything twice: clients before 20.6.1 look at other fields. */
export const appendConflict = (expected: Expectation, actual: number): AppendResp => {
  const conflict = new AppendResp.WrongExpectedVersion();
  switch (expected.kind) {
    case 'any':
      conflict.setExpectedAny(new Empty()).setAny2060(new Empty());
      break;
    case 'stream-exists':
      conflict.setExpectedStreamExists(new Empty()).setStreamExists2060(new Empty());
      break;
    case 'no-stream':
      conflict.setExpectedNoStream(new Empty());
      break;
    case 'revision':
      conflict.setExpectedRevision(uint64Text(expected.text));
      break;
  }
  if (actual < 0) conflict.setCurrentNoStream(new Empty()).setNoStream2060(new Empty());
  else conflict.setCurrentRevision(String(actual)).setCurrentRevision2060(actual);
  return new AppendResp().setWrongExpectedVersion(conflict);
};

/** The same inside a batch append's status. */
export const batchConflict = (expected: Expectation, actual: number): WrongExpectedVersion => {
  const conflict = new WrongExpectedVersion();
  if (expected.kind === 'any') conflict.setExpectedAny(new GoogleEmpty());
  else if (expected.kind === 'stream-exists') conflict.setExpectedStreamExists(new GoogleEmpty());
  else if (expected.revision === -1) conflict.setExpectedNoStream(new GoogleEmpty());
  else conflict.setExpectedStreamPosition(expected.text);
  if (actual < 0) conflict.setCurrentNoStream(new GoogleEmpty());
  else conflict.setCurrentStreamRevision(String(actual));
  return conflict;
};
