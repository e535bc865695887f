import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { closingsByTheTable } from '../../analysis/test/lib/reference.js';
import * as w from './lib/process.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(300_000);

beforeAll(w.ensureBuilt);
afterEach(w.cleanUp);

const CONVERSATIONS = 6_000;

/** Conversations over a month: answered, left, taken up again, closed late; 6 events each. */
const history = (): string => {
  const lines: string[] = [];
  for (let i = 0; i < CONVERSATIONS; i++) {
    let atMs = Date.UTC(2026, 2, 1) + i * 400_000;
    const place = (seq: number, type: string, minutes: number, more: object = {}): void => {
      atMs += minutes * 60_000;
      lines.push(JSON.stringify({ session: `c${i}`, seq, type, at: new Date(atMs).toISOString(), ...more }));
    };
    place(0, 'opened', 0, { merchant: `m${i % 7}`, buyer: `b${i}` });
    place(1, 'message-from-buyer', 0);
    place(2, 'message-from-agent', i % 30);
    place(3, 'message-from-buyer', i % 40);
    place(4, 'message-from-agent', i % 400);
    place(5, 'closed', i % 50, { reason: 'done' });
  }
  const file = join(w.tempFolder(), 'history.ndjson.gz');
  writeFileSync(file, gzipSync(lines.map((line) => `${line}\n`).join('')));
  return file;
};

/** Ctrl-C once the log has begun to grow. */
const stopped = async (args: readonly string[], dataDir: string): Promise<w.Ended> => {
  const importing = new w.Running(args);
  const wal = join(dataDir, 'events.db-wal');
  await w.until(() => existsSync(wal) && statSync(wal).size > 300_000);
  return importing.end('SIGINT');
};

interface Recorded {
  readonly sessions: number;
  readonly events: number;
  readonly alreadyThere: number;
}

describe('lapse import', () => {
  it('as recorded: Ctrl-C ends it with 130, and importing again finishes it', async () => {
    const [file, dataDir] = [history(), w.tempFolder()];
    const args = ['import', file, '--as-recorded', '--data-dir', dataDir];
    expect(await stopped(args, dataDir)).toMatchObject({ code: 130, out: '', err: 'stopped where it was safe\n' });
    const finished = await w.lapse([...args, '--json']);
    expect(finished).toMatchObject({ code: 0, err: expect.stringMatching(/import history: done\n$/) });
    const { sessions, events, alreadyThere } = JSON.parse(finished.out) as Recorded;
    expect({ sessions, events }).toEqual({ sessions: CONVERSATIONS, events: 6 * CONVERSATIONS });
    expect(alreadyThere).toBeGreaterThan(0);
    expect(alreadyThere).toBeLessThan(CONVERSATIONS);
    const again = await w.lapse(args);
    expect(again.out).toBe('6 000 sessions with 36 000 events, of which 6 000 sessions were there already\n');
  });

  it('under the rules: Ctrl-C writes no half result, and importing again gives the whole one', async () => {
    const [file, dataDir] = [history(), w.tempFolder()];
    const closings = join(w.tempFolder(), 'out.tsv');
    const args = ['import', file, '--under-rules', '--closings', closings, '--data-dir', dataDir];
    expect(await stopped(args, dataDir)).toMatchObject({ code: 130, out: '', err: 'stopped where it was safe\n' });
    expect(existsSync(closings)).toBe(false);
    const finished = await w.lapse([...args, '--json']);
    expect(finished.code).toBe(0);
    const written = readFileSync(closings, 'utf8');
    expect(written === closingsByTheTable(file, 20)).toBe(true);
    const summary = JSON.parse(finished.out) as { sessions: number; closed: Record<string, number> };
    expect(Object.keys(summary)).toEqual(['sessions', 'sourceSessions', 'successors', 'closed']);
    expect(Object.keys(summary.closed)).toEqual(['agent-silent', 'buyer-silent', 'recorded']);
    expect(summary.sessions).toBe(written.trimEnd().split('\n').length);
    const other = await w.lapse([...args, '--buyer-reply-minutes', '50']);
    expect(other.code).toBe(1);
    expect(other.err).toMatch(
      /^lapse: session-differs: .* under a limit of 20 minutes: play it in a data folder of its own/,
    );
  });

  it('names the line that is wrong, and ends with 1', async () => {
    const file = join(w.tempFolder(), 'bad.ndjson');
    writeFileSync(file, '{"session":"c1","seq":0,"type":"opened","at":"yesterday","merchant":"m1"}\n');
    for (const how of ['--as-recorded', '--under-rules']) {
      const { code, out, err } = await w.lapse(['import', file, how, '--json', '--data-dir', w.tempFolder()]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(JSON.parse(err)).toMatchObject({
        error: { code: 'bad-line', message: expect.stringMatching(/^line 1: at/) },
      });
    }
  });
});
