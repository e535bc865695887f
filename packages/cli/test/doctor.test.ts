import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as w from './copy-world.js';
import { SELF_SIGNED_FILE, tlsFront } from './lib/tls-front.js';

afterEach(w.cleanUp);

interface Report {
  readonly place: string;
  readonly ok: boolean;
  readonly findings: readonly { readonly check: string; readonly state: string; readonly detail: string }[];
}

const doctor = async (...args: string[]): Promise<Report & { code: number; of: (check: string) => string[] }> => {
  const { code, out } = await w.lapse(['doctor', '--json', ...args]);
  const report = JSON.parse(out) as Report;
  const of = (check: string): string[] =>
    report.findings.filter((one) => one.check === check).map(({ state, detail }) => `${state}: ${detail}`);
  return { ...report, code, of };
};

describe('lapse doctor on a connection', () => {
  it('tells version, features, leader, clock and log, and that it is a gateway', async () => {
    const { engine, connection } = await w.served(w.tempFolder());
    await w.talk(engine, 2);
    const { port } = engine.gateway?.address ?? { port: 0 };
    const { code, place, ok, of } = await doctor('--store', connection);
    expect({ code, place, ok }).toEqual({ code: 0, place: connection, ok: true });
    expect(of('connection')).toEqual([`ok: 127.0.0.1:${port} answers`]);
    expect(of('version')).toEqual([expect.stringMatching(/^ok: 127\.0\.0\.1:\d+: \d+\.\d+\.\d+$/)]);
    expect(of('appends')).toEqual([expect.stringContaining('ok: many share one call')]);
    expect(of('leader')).toEqual([`ok: 127.0.0.1:${port} leads`]);
    expect(of('clock')).toEqual([expect.stringMatching(/^ok: .* -?\d+ ms (ahead of|behind) this machine/)]);
    expect(of('log')).toEqual([expect.stringMatching(/^ok: can be read, head at \d+\/\d+$/)]);
    expect(of('gateway')).toEqual([expect.stringContaining('note: this is a Lapse')]);
  });

  it('finds a clock that is further off than the sweep allows', async () => {
    const { connection } = await w.served(w.tempFolder());
    const { out, code } = await w.lapse(['doctor', '--store', connection], { nowMs: () => Date.now() - 60_000 });
    expect(code).toBe(1);
    expect(out).toMatch(/wrong {2}clock .* ms ahead of this machine .*more than 5000 ms stop the sweep/);
  });

  it('ends with 1 where nobody answers, and still tells of the nodes that do', async () => {
    const { engine, connection } = await w.served(w.tempFolder());
    const nobody = await doctor('--store', 'esdb://127.0.0.1:1?tls=false');
    expect(nobody).toMatchObject({ code: 1, ok: false });
    expect(nobody.of('connection')).toEqual([expect.stringMatching(/^wrong: 127\.0\.0\.1:1: .*ECONNREFUSED/)]);
    const { port } = engine.gateway?.address ?? { port: 0 };
    const half = await doctor('--store', connection.replace('127.0.0.1:', `127.0.0.1:1,127.0.0.1:`));
    expect(half.code).toBe(1);
    expect(half.of('connection')).toContain(`ok: 127.0.0.1:${port} answers`);
    expect(half.of('leader')).toEqual([`ok: 127.0.0.1:${port} leads`]);
  });

  it('says what is wrong with a connection string, never the password', async () => {
    const report = await doctor('--store', 'esdb://admin:changeit@127.0.0.1?tls=maybe');
    expect(report.code).toBe(1);
    expect(report.of('connection')).toEqual(['wrong: connection string: tls=maybe: true or false is needed']);
    expect(JSON.stringify(report)).not.toContain('changeit');
  });
});

describe('lapse doctor on a node that speaks TLS', () => {
  it('says of a certificate that nobody known has signed what to name, and is content when that is named', async () => {
    const { engine } = await w.served(w.tempFolder());
    const front = await tlsFront(engine.gateway?.address.port ?? 0);
    const node = `esdb://me:changeit@localhost:${front.port}`;
    const refused = await doctor('--store', node);
    expect(refused).toMatchObject({ code: 1, ok: false });
    expect(refused.of('connection')).toEqual([
      expect.stringMatching(/^wrong: localhost:\d+: .*self-signed certificate.*tlsCAFile=FILE/),
    ]);
    const trusted = await doctor('--store', `${node}?tlsCAFile=${encodeURIComponent(SELF_SIGNED_FILE)}`);
    expect(trusted).toMatchObject({ code: 0, ok: true });
    expect(trusted.of('connection')).toEqual([`ok: localhost:${front.port} answers`]);
    expect(trusted.of('log')).toEqual(['ok: can be read, holds no events yet']);
    const unverified = await doctor('--store', `${node}?tlsVerifyCert=false`);
    expect(unverified).toMatchObject({ code: 0, ok: true });
    expect(JSON.stringify([refused, trusted, unverified])).not.toContain('changeit');
    front.stop();
  });

  it('tells a node that has no TLS from one that wants it', async () => {
    const { engine, connection } = await w.served(w.tempFolder());
    const front = await tlsFront(engine.gateway?.address.port ?? 0);
    const withTls = await doctor('--store', connection.replace('?tls=false', ''));
    expect(withTls.of('connection')).toEqual([expect.stringContaining('it needs tls=false')]);
    const without = await doctor('--store', `esdb://localhost:${front.port}?tls=false`);
    expect(without.of('connection')).toEqual([expect.stringContaining('a node that wants TLS does so')]);
    expect([withTls.code, without.code]).toEqual([1, 1]);
    front.stop();
  });

  it('says which certificate file cannot be read', async () => {
    const report = await doctor('--store', 'esdb://localhost?tlsCAFile=/nowhere/ca.crt');
    expect(report.of('connection')).toEqual(['wrong: connection string: tlsCAFile: the file cannot be read']);
    expect(report.code).toBe(1);
  });
});

describe('lapse doctor on a data folder', () => {
  it('tells format, identity, head, size, writer and how far the read models are, beside the writer', async () => {
    const folder = w.tempFolder();
    const engine = await w.engineOn(folder);
    await w.talk(engine, 2);
    const { code, of } = await doctor('--data-dir', folder);
    expect(code).toBe(0);
    expect(of('log')).toEqual([`ok: ${join(folder, 'events.db')} can be read, in a format that this version knows`]);
    expect(of('identity')).toEqual([`ok: ${await engine.store.identity()}`]);
    expect(of('head')).toEqual([`ok: position ${await engine.store.headPosition()}`]);
    expect(of('lock')).toEqual([expect.stringContaining('note: held by a process that is not listening')]);
    await engine.caughtUp(10_000);
    await engine.close();
    const afterwards = await doctor('--data-dir', folder);
    expect(afterwards.of('lock')).toEqual(['ok: free: nobody writes']);
    expect(afterwards.of('views')).toContainEqual(
      expect.stringMatching(/^ok: sessions@\d+ live, checkpoint at 7, 0 ev/),
    );
  });

  it.each([
    ['no log', (folder: string) => rmSync(join(folder, 'events.db')), /^wrong: there is no log at/],
    ['half a log', (folder: string) => truncateSync(join(folder, 'events.db'), 5_000), /^wrong: /],
    ['another file', (folder: string) => writeFileSync(join(folder, 'events.db'), 'x'.repeat(9_000)), /^wrong: /],
  ])('ends with 1 for %s', async (_what, harm, says) => {
    const folder = w.tempFolder();
    const engine = await w.engineOn(folder);
    await w.talk(engine, 2);
    await engine.close();
    harm(folder);
    const { code, of } = await doctor('--data-dir', folder);
    expect({ code, log: of('log') }).toEqual({ code: 1, log: [expect.stringMatching(says)] });
  });

  it('tells read models of another log from those of this one', async () => {
    const [one, other] = [w.tempFolder(), w.tempFolder()];
    for (const folder of [one, other]) await (await w.engineOn(folder)).close();
    cpSync(join(one, 'views.db'), join(other, 'views.db'));
    const views = (await doctor('--data-dir', other)).of('views');
    expect(views).toContainEqual(
      expect.stringMatching(/^note: sessions@\d+ live belongs to another log: it is built again/),
    );
    const own = (await doctor('--data-dir', one)).of('views');
    expect(own.filter((line) => !line.startsWith('ok: '))).toEqual([]);
  });

  it('says that somebody has announced a server who is not there', async () => {
    const folder = w.tempFolder();
    await (await w.engineOn(folder)).close();
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ url: 'http://127.0.0.1:1', pid: 1 }));
    const { code, of } = await doctor('--data-dir', folder);
    expect({ code, lock: of('lock') }).toEqual({ code: 0, lock: ['ok: free: nobody writes'] });
  });
});
