import type { StreamRead } from '../validate.js';
import type { MemoryRecord } from './log.js';

/** The part of a stream that a read asks for; undefined where there is no such stream. */
export const pageOfStream = (
  stream: readonly MemoryRecord[],
  read: StreamRead,
): { readonly records: readonly MemoryRecord[]; readonly atEnd: boolean } | undefined => {
  if (stream.length === 0) return undefined;
  if (read.direction === 'forwards') {
    const first = read.from === 'start' ? 0 : read.from === 'end' ? stream.length : read.from;
    const records = stream.slice(first, first + read.maxCount);
    return { records, atEnd: first + read.maxCount >= stream.length };
  }
  const last = read.from === 'start' ? 0 : read.from === 'end' ? stream.length - 1 : read.from;
  const end = Math.min(last, stream.length - 1) + 1;
  const start = Math.max(0, end - read.maxCount);
  return { records: stream.slice(start, end).reverse(), atEnd: start === 0 };
};
