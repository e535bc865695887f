import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../src/program.js';
import { cleanUp, lapse as inProcess, tempFolder as shortLived } from './copy-world.js';
import * as w from './lib/process.js';

beforeAll(w.ensureBuilt);
afterAll(async () => {
  await cleanUp();
  await w.cleanUp();
});

const program = createProgram({
  out: () => undefined,
  err: () => undefined,
  isTerminal: false,
  env: {},
  nowMs: () => 0,
  random: () => 0,
  signal: new AbortController().signal,
});
const verbs = program.commands.flatMap((verb) => [
  verb.name(),
  ...verb.commands.map((below) => `${verb.name()} ${below.name()}`),
]);

describe('help', () => {
  it('lists every verb', async () => {
    const { code, out } = await inProcess(['--help']);
    expect(code).toBe(0);
    for (const verb of program.commands) expect(out).toContain(`  ${verb.name()} `);
    for (const verb of ['serve', 'open', 'append', 'show', 'tail', 'config', 'queue', 'import', 'demo']) {
      expect(verbs).toContain(verb);
    }
  });

  it.each(verbs)('of %s has flags and examples that name it', async (verb) => {
    const { code, out, err } = await inProcess([...verb.split(' '), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^Usage: lapse ${verb} `));
    expect(out).toMatch(new RegExp(`\nExamples:\n( {2}.*\n)*.*lapse ${verb}`));
  });

  it('is shown, as a mistake, where no verb is given', async () => {
    const { code, out, err } = await inProcess([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: lapse');
  });
});

describe('a mistake in the call ends with 2 and says what was meant', () => {
  const dataDir = (): string => shortLived();

  it.each([
    ['an unknown verb', ['serv'], 'Did you mean serve?'],
    ['an unknown flag', ['open', '--merchant', 'm1', '--byer', 'b1'], 'Did you mean --buyer?'],
    ['a missing flag', ['open'], "required option '--merchant <id>' not specified"],
    ['a missing argument', ['show'], "missing required argument 'session'"],
    ['an argument too many', ['show', 'a', 'b'], 'too many arguments'],
    ['a flag without its value', ['open', '--merchant'], "option '--merchant <id>' argument missing"],
    ['a port beyond all ports', ['serve', '--port', '70000'], '70000 is no port: 0 (any free one) to 65535'],
    ['a port in words', ['serve', '--port', 'http'], 'http is no port'],
    [
      'a level of nothing',
      ['serve', '--log-level', 'loud'],
      '--log-level must be one of silent, error, warn, info, debug',
    ],
    ['a policy that does not exist', ['serve', '--new-merchants', 'old'], 'newMerchants'],
    ['a grace that is no number', ['serve', '--close-grace-ms', '5s'], 'closeGraceMs: must be a whole number'],
    ['a grace below nothing', ['serve', '--close-grace-ms', '-1'], 'closeGraceMs: must be from 0 to 86400000'],
    ['a prefix with spaces', ['serve', '--stream-prefix', 'a b'], 'streamPrefix'],
    ['a session and a merchant at once', ['tail', '--session', 'a', '--merchant', 'b'], 'not both'],
    ['an import that does not say how', ['import', 'x.ndjson'], 'say --as-recorded or --under-rules'],
    ['an import both ways', ['import', 'x', '--as-recorded', '--under-rules'], 'say --as-recorded or --under-rules'],
    [
      'an unknown format',
      ['import', 'x', '--as-recorded', '--format', 'csv'],
      '--format csv is not known: it reads ndjson',
    ],
    ['closings as recorded', ['import', 'x', '--as-recorded', '--closings', 'y'], 'go with --under-rules'],
    [
      'a limit below 5',
      ['import', 'x', '--under-rules', '--buyer-reply-minutes', '4'],
      'no whole number from 5 to 360',
    ],
    [
      'half a minute',
      ['import', 'x', '--under-rules', '--buyer-reply-minutes', '5.5'],
      'no whole number from 5 to 360',
    ],
    [
      'closings into nowhere',
      ['import', 'x', '--under-rules', '--closings', '/nowhere/out.tsv'],
      'there is no folder /nowhere',
    ],
    ['a speed in words', ['demo', '--speed', 'fast'], '--speed takes a whole number from 0 to 1000000'],
    ['too many conversations', ['demo', '--conversations', '61'], '--conversations takes a whole number from 0 to 60'],
  ])('%s', async (_, args, says) => {
    const { code, out, err } = await inProcess(args, { env: { LAPSE_DATA_DIR: dataDir() } });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
  });

  it('a misspelt setting of the environment', async () => {
    const { code, err } = await inProcess(['queue'], { env: { LAPSE_DATADIR: '/data' } });
    expect(code).toBe(2);
    expect(err).toMatch(/^lapse: usage: LAPSE_DATADIR is no setting of Lapse; it knows LAPSE_DATA_DIR, /);
  });

  it('a setting of the environment with a bad value, unless a flag wins over it', async () => {
    const env = { LAPSE_CLOSE_GRACE_MS: 'soon' };
    expect((await inProcess(['serve'], { env })).err).toContain('closeGraceMs: must be a whole number');
    const flagged = ['serve', '--close-grace-ms', '0', '--port', 'x'];
    expect((await inProcess(flagged, { env })).err).toContain('x is no port');
  });
});

describe('what cannot be done ends with 1 and a code', () => {
  it('a folder that is not there', async () => {
    const missing = join(shortLived(), 'missing');
    for (const args of [['queue'], ['show', 'x'], ['open', '--merchant', 'm1'], ['tail'], ['config', 'get', 'm1']]) {
      const { code, err } = await inProcess([...args, '--data-dir', missing]);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(err).toMatch(/^lapse: no-data-folder: /);
      expect(err).toMatch(/name (its folder|one with --data-dir)/);
    }
    expect(existsSync(missing)).toBe(false);
  });

  it('a folder that is a file, and a log that is none', async () => {
    const folder = shortLived();
    writeFileSync(join(folder, 'file'), 'text');
    const inFile = await inProcess(['queue', '--data-dir', join(folder, 'file')]);
    expect(inFile).toMatchObject({ code: 1, out: '' });
    expect(inFile.err).toMatch(/^lapse: data-dir-unusable: /);
    writeFileSync(join(folder, 'events.db'), 'this is no database, whatever its name says. '.repeat(100));
    const noLog = await inProcess(['queue', '--data-dir', folder]);
    expect(noLog.err).toMatch(/^lapse: store-not-a-database: /);
  });

  it('a missing history, before a data folder is made', async () => {
    const dataDir = join(shortLived(), 'new');
    const { code, err } = await inProcess(['import', '/nowhere.ndjson', '--as-recorded', '--data-dir', dataDir]);
    expect(code).toBe(1);
    expect(err).toBe('lapse: no-such-file: cannot read /nowhere.ndjson: there is no such file\n');
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each([
    ['an unknown session', ['show', '01HQ0000000000000000000009'], 'no-such-session'],
    ['a session id that is none', ['show', 'nonsense'], 'bad-value'],
    ['a limit of 4 minutes', ['config', 'set', 'm1', '4'], 'bad-value'],
    ['a limit in words', ['config', 'set', 'm1', 'twenty'], 'bad-value'],
    ['half a minute', ['config', 'set', 'm1', '20.5'], 'bad-value'],
    ['a version that does not exist', ['config', 'revert', 'm1', '7'], 'no-such-version'],
    ['a version that is no number', ['config', 'revert', 'm1', 'last'], 'usage'],
    ['a merchant whose id cannot be one', ['open', '--merchant', 'Anna Schmidt'], 'bad-value'],
    ['an opening by nobody', ['open', '--merchant', 'm1', '--by', 'robot'], 'bad-value'],
    ['a time without an offset', ['open', '--merchant', 'm1', '--at', '2026-03-01T10:00:00'], 'bad-value'],
    ['a time far ahead', ['open', '--merchant', 'm1', '--at', '2999-03-01T10:00:00Z'], 'in-the-future'],
  ])('%s', async (_, args, code) => {
    const folder = shortLived();
    mkdirSync(join(folder, 'data'));
    const ran = await inProcess([...args, '--json', '--data-dir', join(folder, 'data')]);
    expect(ran.out).toBe('');
    const told = JSON.parse(ran.err) as { error: { code: string; message: string } };
    expect(told.error.code).toBe(code);
    expect(told.error.message).not.toBe('');
    expect(ran.code).toBe(code === 'usage' ? 2 : 1);
  });
});

describe('a real process', () => {
  it('ends with 0, 1 and 2 as told, results on stdout and complaints on stderr', async () => {
    const dataDir = w.tempFolder();
    const good = await w.lapse(['queue', '--data-dir', dataDir]);
    expect(good).toEqual({ code: 0, signal: null, out: 'nobody waits\n', err: '' });
    const failed = await w.lapse(['show', 'nonsense', '--json', '--data-dir', dataDir]);
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(JSON.parse(failed.err)).toMatchObject({ error: { code: 'bad-value' } });
    const misused = await w.lapse(['show'], {});
    expect(misused).toMatchObject({ code: 2, out: '' });
  });

  it('takes its settings from the environment, and refuses one that it does not know', async () => {
    const dataDir = w.tempFolder();
    const env = { LAPSE_DATA_DIR: dataDir };
    expect(await w.lapse(['queue'], { env })).toMatchObject({ code: 0 });
    expect(existsSync(join(dataDir, 'events.db'))).toBe(true);
    const misspelt = await w.lapse(['queue'], { env: { ...env, LAPSE_GRACE: '1' } });
    expect(misspelt).toMatchObject({ code: 2, out: '' });
    expect(misspelt.err).toContain('LAPSE_GRACE is no setting of Lapse');
  });

  it('works in the folder it is started in where nothing else is said', async () => {
    const cwd = w.tempFolder();
    const nothing = await w.lapse(['queue'], { cwd });
    expect(nothing.err).toContain('there is no data folder ./lapse-data');
    mkdirSync(join(cwd, 'lapse-data'));
    expect(await w.lapse(['queue'], { cwd })).toMatchObject({ code: 0, out: 'nobody waits\n' });
  });
});
