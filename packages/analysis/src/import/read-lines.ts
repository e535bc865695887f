import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportError } from './import-error.js';

/** No event of any source comes near this; a file without line ends must not fill the memory. */
const LINE_BYTES_MAX = 1_048_576;
const LINE_FEED = 0x0a;

export interface SourceLine {
  readonly text: string;
  readonly lineNumber: number;
  /** How much of the file has been read, as it lies on disk. */
  readonly bytesRead: number;
}

export interface SourceFile {
  readonly bytesTotal: number;
  readonly lines: AsyncIterable<SourceLine>;
}

/**
 * Reads a text file line by line, unpacking it where it is gzip (told by its first bytes, not by its name). Empty lines are
 * passed over. Bytes that are no UTF-8, a broken archive and a line over 1 MiB end it with an {@link ImportError}.
 */
export const openLines = async (file: string): Promise<SourceFile> => {
  const bytesTotal = await sizeOf(file);
  return { bytesTotal, lines: linesOf(file, await isGzip(file)) };
};

const sizeOf = async (file: string): Promise<number> => {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw new ImportError('no-such-file', `cannot read ${file}: there is no such file`, { cause: error });
  }
  throw new ImportError('no-such-file', `cannot read ${file}: it is no file`);
};

const isGzip = async (file: string): Promise<boolean> => {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
};

async function* linesOf(file: string, gzip: boolean): AsyncGenerator<SourceLine> {
  const source = createReadStream(file);
  const bytes: Readable = gzip ? source.pipe(createGunzip()) : source;
  source.on('error', (error) => bytes.destroy(error));
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let rest: Buffer = Buffer.alloc(0);
  let lineNumber = 0;
  const decode = (line: Buffer): string => {
    lineNumber++;
    try {
      return utf8.decode(line).trimEnd();
    } catch {
      throw new ImportError('bad-line', `line ${lineNumber} is no UTF-8`);
    }
  };
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, start)) {
        const text = decode(rest.subarray(start, end));
        if (text !== '') yield { text, lineNumber, bytesRead: source.bytesRead };
        start = end + 1;
      }
      rest = rest.subarray(start);
      if (rest.length > LINE_BYTES_MAX) {
        throw new ImportError('bad-line', `line ${lineNumber + 1} is longer than ${LINE_BYTES_MAX} bytes`);
      }
    }
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError('bad-file', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
  } finally {
    source.destroy();
    bytes.destroy();
  }
  const text = decode(rest);
  if (text !== '') yield { text, lineNumber, bytesRead: source.bytesRead };
}
