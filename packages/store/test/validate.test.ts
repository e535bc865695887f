import { describe, expect, it } from '@jest/globals';
import {
  appendBytes,
  checkAppend,
  checkEventType,
  checkPageSize,
  checkReadStream,
  checkStreamName,
  isStoreError,
  shown,
  type StoreError,
} from '@lapse/store';
import { anEvent } from './memory-store.js';

const refusal = (work: () => void): Pick<StoreError, 'code' | 'message'> => {
  try {
    work();
  } catch (error) {
    if (isStoreError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a refusal names the value and the limit', () => {
  it('shortens a long value and escapes what a terminal should not see', () => {
    const { message } = refusal(() => checkStreamName('x'.repeat(5000)));
    expect(message).toMatch(/^stream name "x+… has 5000 characters, at most 1024 are taken$/);
    expect(message.length).toBeLessThan(200);
    expect(refusal(() => checkStreamName('a\u001b[31mb')).message).toBe(
      'stream name "a\\u001b[31mb" has a control character',
    );
    expect(refusal(() => checkStreamName('\ud800')).message).toBe('stream name "\\ud800" has half a surrogate pair');
  });

  it('says which part of an append it refuses', () => {
    const tooLarge = anEvent({ data: new Uint8Array(90), type: 'happened' });
    expect(refusal(() => checkAppend('s', [tooLarge], -1, { appendBytesMax: 100 }))).toEqual({
      code: 'append-too-large',
      message: 'append of 106 bytes to "s", at most 100 are taken',
    });
    expect(refusal(() => checkAppend('s', [anEvent({ id: 'X' })], -1))).toEqual({
      code: 'bad-event-id',
      message: 'event id "X" is no UUID in lower case with hyphens',
    });
    expect(refusal(() => checkAppend('s', [], 1.5)).message).toContain('1.5');
    expect(refusal(() => checkPageSize(10_001)).message).toContain('10001 is no whole number from 1 to 10000');
  });

  it('takes values of any kind without failing itself', () => {
    const values = [undefined, null, 1, {}, [], Symbol('s'), Object.create(null) as unknown, () => 1, 10n];
    for (const value of values) expect(refusal(() => checkStreamName(value)).code).toBe('bad-stream-name');
    expect(shown({})).toBe('[object Object]');
  });
});

describe('names that start with "$"', () => {
  it('are allowed unless the caller refuses them', () => {
    expect(() => checkStreamName('$$session-1')).not.toThrow();
    expect(() => checkEventType('$metadata')).not.toThrow();
    expect(refusal(() => checkStreamName('$$session-1', { systemNames: 'refused' })).code).toBe('bad-stream-name');
    expect(refusal(() => checkEventType('$metadata', { systemNames: 'refused' })).code).toBe('bad-event-type');
    expect(() => checkStreamName('a$', { systemNames: 'refused' })).not.toThrow();
  });

  it('are never just "$$", which ends the process of a node', () => {
    expect(refusal(() => checkStreamName('$$')).code).toBe('bad-stream-name');
    expect(() => checkStreamName('$$$')).not.toThrow();
  });
});

describe('what an append weighs', () => {
  it('is data, metadata and twice the length of the type, in UTF-16 units', () => {
    const event = anEvent({ data: new Uint8Array(5), metadata: new Uint8Array(7), type: '买家' });
    expect(appendBytes([])).toBe(0);
    expect(appendBytes([event, event])).toBe(2 * (5 + 7 + 4));
  });
});

describe('a read of a stream', () => {
  it('starts at the end that its direction comes from, unless told otherwise', () => {
    expect(checkReadStream('s')).toEqual({ from: 'start', direction: 'forwards', maxCount: 500 });
    expect(checkReadStream('s', { direction: 'backwards' })).toMatchObject({ from: 'end' });
    expect(checkReadStream('s', { from: 7, maxCount: 1 })).toMatchObject({ from: 7, maxCount: 1 });
  });
});
