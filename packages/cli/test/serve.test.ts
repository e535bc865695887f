import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as w from './lib/process.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(300_000);

beforeAll(w.ensureBuilt);
afterEach(w.cleanUp);

interface Opened {
  readonly sessionId: string;
  readonly deadline: string;
}

describe('lapse serve', () => {
  it('takes a free port, says where it is, and a first session works as printed', async () => {
    const dataDir = w.tempFolder();
    const { url, process } = await w.serve(dataDir);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(process.out).toContain(`(data in ${dataDir})`);
    expect(JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))).toEqual({ url, pid: process.child.pid });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
    // The very line that it prints.
    const [, body = ''] =
      /curl -s \S+\/v1\/sessions -H 'content-type: application\/json' -d '(.*)'/.exec(process.out) ?? [];
    const opened = await w.post<Opened>(`${url}/v1/sessions`, JSON.parse(body));
    expect(opened).toMatchObject({ status: 201, body: { outcome: 'opened', rule: 'agent-silent' } });
    const events = `${url}/v1/sessions/${opened.body.sessionId}/events`;
    expect(await w.post(events, { type: 'message-from-agent', data: { senderId: 'a17' } })).toMatchObject({
      status: 201,
    });
    const shown = (await (await fetch(`${url}/v1/sessions/${opened.body.sessionId}`)).json()) as object;
    expect(shown).toMatchObject({ state: 'open', rule: 'buyer-silent', config: { buyerReplyMinutes: 20 } });
  });

  it('closes a session by itself when its time has come, and says why from the log', async () => {
    const dataDir = w.tempFolder();
    const { url } = await w.serve(dataDir, '--close-grace-ms', '0');
    await fetch(`${url}/v1/merchants/m1/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ buyerReplyMinutes: 5 }),
    });
    // Five minutes ago but for a moment: due as soon as that has passed.
    const atMs = Date.now() - 5 * 60_000 + 4_000;
    const occurredAt = new Date(atMs).toISOString();
    const { body } = await w.post<Opened>(`${url}/v1/sessions`, { merchantId: 'm1', openedBy: 'buyer', occurredAt });
    const message = { type: 'message-from-agent', occurredAt, data: { senderId: 'a17' } };
    expect(await w.post(`${url}/v1/sessions/${body.sessionId}/events`, message)).toMatchObject({ status: 201 });
    const state = async (): Promise<{ state: string; close: { at: string; why: string } | null }> =>
      (await (await fetch(`${url}/v1/sessions/${body.sessionId}`)).json()) as never;
    await w.until(async () => (await state()).state === 'closed');
    const deadline = new Date(atMs + 5 * 60_000).toISOString();
    expect(await state()).toMatchObject({ close: { at: deadline, reason: 'buyer-silent' } });
    const { out } = await w.lapse(['show', body.sessionId, '--data-dir', dataDir]);
    expect(out).toMatch(
      /closed as buyer-silent: agent a17 wrote at \S+Z, limit 5 min \(config version 2\), nothing by \S+Z\n$/,
    );
  });

  it('is the only one that keeps its folder: a second one, and an import, are told so', async () => {
    const dataDir = w.tempFolder();
    await w.serve(dataDir);
    const history = join(w.tempFolder(), 'history.ndjson');
    writeFileSync(history, '');
    for (const args of [
      ['serve', '--port', '0'],
      ['import', history, '--as-recorded'],
    ]) {
      const { code, out, err } = await w.lapse([...args, '--data-dir', dataDir]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^lapse: store-locked: \S+events\.db is already written to by another process/);
    }
  });

  it('says so where its port is taken, and leaves the folder free', async () => {
    const { url } = await w.serve(w.tempFolder());
    const dataDir = w.tempFolder();
    const taken = await w.lapse(['serve', '--data-dir', dataDir, '--port', new URL(url).port]);
    expect(taken.code).toBe(1);
    expect(taken.err).toMatch(/^lapse: cannot-listen: .*address already in use/);
    expect(existsSync(join(dataDir, 'server.json'))).toBe(false);
    const next = await w.serve(dataDir);
    expect(next.url).toMatch(/^http/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: finishes what is under way, loses nothing of it, and ends with 0',
    async (signal) => {
      const dataDir = w.tempFolder();
      const { url, process } = await w.serve(dataDir);
      const answers = Array.from({ length: 200 }, () =>
        w.post<Opened>(`${url}/v1/sessions`, { merchantId: 'm1', openedBy: 'buyer' }).catch(() => undefined),
      );
      await Promise.race(answers);
      const ended = await process.end(signal);
      expect(ended).toMatchObject({ code: 0, signal: null });
      expect(ended.err).toBe('stopping: finishing what is under way\n');
      const acknowledged = (await Promise.all(answers)).filter((answer) => answer?.status === 201);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(existsSync(join(dataDir, 'server.json'))).toBe(false);
      const { out } = await w.lapse(['tail', '--no-follow', '--json', '--data-dir', dataDir]);
      for (const answer of acknowledged) expect(out).toContain(`session-${answer?.body.sessionId}`);
    },
  );

  it('that was killed leaves an announcement which nobody believes', async () => {
    const [killed, other] = [w.tempFolder(), w.tempFolder()];
    const first = await w.serve(killed);
    await first.process.end('SIGKILL');
    expect(existsSync(join(killed, 'server.json'))).toBe(true);
    // Somebody else’s server now listens where the killed one did.
    await w.serve(other, '--port', new URL(first.url).port);
    const { sessionId } = await w.lapseJson<Opened>(['open', '--merchant', 'm1', '--data-dir', killed]);
    const inItsFolder = await w.lapse(['tail', '--no-follow', '--data-dir', killed]);
    expect(inItsFolder.out).toContain(sessionId);
    const again = await w.serve(killed);
    expect((await fetch(`${again.url}/v1/sessions/${sessionId}`)).status).toBe(200);
  });

  it('logs one JSON line each to stderr, and nothing but its welcome to stdout', async () => {
    const dataDir = w.tempFolder();
    const { url, process } = await w.serve(dataDir, '--log-level', 'debug');
    await fetch(`${url}/v1/sessions/nonsense`);
    const { out, err } = await process.end('SIGTERM');
    expect(out).toMatch(/^Lapse is up at .*\n( {2}.*\n)+$/);
    const logged = err.split('\n').filter((line) => line !== '' && !line.startsWith('stopping'));
    for (const line of logged) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
  });
});
