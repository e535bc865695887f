import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as w from './lib/process.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(300_000);

beforeAll(w.ensureBuilt);
afterAll(w.cleanUp);

interface Session {
  readonly sessionId: string;
  readonly state: string;
  readonly rule: string | null;
  readonly revision: number;
  readonly close: { readonly reason: string; readonly why: string } | null;
  readonly events: readonly { readonly type: string }[];
}

const text = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await w.lapse(args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return out;
};

/** One session's life in verbs. The same words must come out with a server and without one. */
const livesThrough = async (dataDir: string): Promise<void> => {
  const at = ['--data-dir', dataDir];
  const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

  const set = await w.lapseJson<{ changed: boolean; current: object }>(['config', 'set', 'm1', '50', ...at]);
  expect(set).toMatchObject({ changed: true, current: { version: 2, buyerReplyMinutes: 50, why: 'change' } });
  expect(await text('config', 'get', 'm1', ...at)).toMatch(/^version 2 {2}standard: buyer 50 min, agent 360 min/);

  const openedAt = minutesAgo(30);
  const flags = ['--merchant', 'm1', '--buyer', 'b1', '--external-id', 'x-1', '--at', openedAt];
  const opened = await w.lapseJson<Session & { outcome: string }>(['open', ...flags, ...at]);
  expect(opened).toMatchObject({ outcome: 'opened', rule: 'agent-silent', openedAt });
  const id = opened.sessionId;

  const answer = [
    'append',
    id,
    'message-from-agent',
    '--sender',
    'a17',
    '--length',
    '12',
    '--at',
    minutesAgo(29),
    ...at,
  ];
  expect(await text(...answer)).toBe(`${id}  message-from-agent written at revision 2\n`);
  expect(await text('append', id, 'queued', '--queue', 'second-line', ...at)).toContain('queued written at revision 3');
  expect(await text('queue', '--merchant', 'm1', ...at)).toMatch(new RegExp(`^${id}  m1  waits .*queue-expired until`));
  expect(await w.lapseJson(['queue', '--merchant', 'nobody', ...at])).toEqual({ waiting: [] });

  const shown = await text('show', id, ...at);
  expect(shown).toContain('limits: agent 360 min, buyer 50 min, queue 1440 min (standard, config version 2)');
  expect(shown).toMatch(
    / {5}2 {2}\S+Z {2}agent a17 wrote\n {5}3 {2}\S+Z {2}queued second-line\nrunning: queue-expired until/,
  );

  await text('append', id, 'closed', '--reason', 'by-agent', ...at);
  expect(await text('append', id, 'closed', ...at)).toMatch(/already closed as by-agent/);
  const closed = await w.lapseJson<Session>(['show', id, ...at]);
  expect(closed).toMatchObject({ state: 'closed', revision: 4, close: { reason: 'by-agent' } });
  expect(closed.events.map(({ type }) => type)).toEqual([
    'opened',
    'config-version',
    'message-from-agent',
    'queued',
    'closed',
  ]);

  const refused = await w.lapse(['append', id, 'message-from-buyer', ...at]);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/^lapse: session-closed: session \S+ closed as by-agent/);
  const next = await w.lapseJson<Session & { openedSuccessor: boolean; previousSessionId: string }>([
    'append',
    id,
    'message-from-buyer',
    '--open-new',
    ...at,
  ]);
  expect(next).toMatchObject({ openedSuccessor: true, previousSessionId: id });

  const history = await w.lapseJson<{ versions: object[] }>(['config', 'history', 'm1', ...at]);
  expect(history.versions).toMatchObject([
    { version: 1, why: 'rollout' },
    { version: 2, why: 'change' },
  ]);
  const log = await text('tail', '--no-follow', '--json', ...at);
  const types = log
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.filter((type) => type === 'opened')).toHaveLength(2);
  expect(types).toHaveLength(2 + 5 + 3);
};

describe('every verb, as a process of its own', () => {
  it('works through the server that keeps the folder', async () => {
    const dataDir = w.tempFolder();
    const server = await w.serve(dataDir);
    await livesThrough(dataDir);
    expect(await server.process.end('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('works alone, and does the same', async () => {
    const dataDir = join(w.tempFolder(), 'data');
    mkdirSync(dataDir);
    await livesThrough(dataDir);
  });

  it('tells why a session lapsed, in one sentence, also before its close is recorded', async () => {
    const dataDir = w.tempFolder();
    const at = ['--data-dir', dataDir];
    const day = '2026-03-01T';
    const { sessionId } = await w.lapseJson<Session>(['open', '--merchant', 'm1', '--at', `${day}09:59:00Z`, ...at]);
    const why = `agent-silent: opened at 09:59:00.000Z, limit 360 min (config version 1), no agent's answer by 15:59:00.000Z`;
    expect(await text('show', sessionId, ...at)).toContain(
      `\nlapsed, its close is about to be written: closed as ${why}\n`,
    );
    // The deadline wins (D6): what comes now finds the session closed.
    const late = await w.lapse(['append', sessionId, 'message-from-agent', ...at]);
    expect(late.err).toContain('session-closed');
    expect(await text('show', sessionId, ...at)).toContain(`\nclosed as ${why}\n`);
  });
});
