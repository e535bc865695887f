import { describe, expect, it } from '@jest/globals';
import { judgeAppend, type ExpectedRevision } from '@lapse/store';

const judge = (history: string, expected: ExpectedRevision, ids: string): unknown =>
  judgeAppend(history.length - 1, expected, [...ids], (revision) => {
    if (revision < 0 || revision >= history.length)
      throw new Error(`asked for revision ${revision} of ${history.length}`);
    return history[revision]!;
  });

const WRITE = { kind: 'write' };
const WRONG = { kind: 'wrong-revision' };
const repeat = (lastRevision: number): unknown => ({ kind: 'repeat', lastRevision });

describe('an append is judged as an EventStoreDB node judges it', () => {
  it.each([
    ['no stream yet', '', -1, 'ab', WRITE],
    ['at the last revision', 'abc', 2, 'd', WRITE],
    ['at the last revision, with ids that stand there already', 'abc', 2, 'abc', WRITE],
    ['at any revision', 'abc', 'any', 'a', WRITE],
    ['beyond the end', 'abc', 3, 'd', WRONG],
    ['of a stream that is not there', '', 0, 'a', WRONG],
    ['behind the end, all ids equal', 'abcde', 0, 'bc', repeat(2)],
    ['behind the end, all ids equal up to the last event', 'abc', -1, 'abc', repeat(2)],
    ['behind the end, the first id differs', 'abc', -1, 'xb', WRONG],
    ['behind the end, a later id differs', 'abc', -1, 'abx', WRONG],
    ['behind the end, all known and one more', 'abc', -1, 'abcd', WRONG],
    ['behind the end, the ids in another order', 'abc', -1, 'ba', WRONG],
    ['empty at the last revision', 'abc', 2, '', { kind: 'nothing-to-write' }],
    ['empty at any revision', '', 'any', '', { kind: 'nothing-to-write' }],
    ['empty behind the end', 'abc', 0, '', WRONG],
    ['empty beyond the end', 'abc', 9, '', WRONG],
  ] as const)('%s', (_, history, expected, ids, verdict) => {
    expect(judge(history, expected, ids)).toEqual(verdict);
  });
});
