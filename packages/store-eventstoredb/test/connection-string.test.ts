import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lapse/store/contract';
import { parseConnectionString } from '../src/connection/connection-string.js';
import { maskedConnectionString } from '../src/index.js';
import { openOver } from './support/ambient.js';

const SEED = Number(process.env['LAPSE_SEED'] ?? 20);
const SECRET = 'hunter2-S3cret';

describe('a connection string', () => {
  it('of one host is that node, with slow keepalive and no gossip; of several it is a list of seeds, with quick keepalive', () => {
    expect(parseConnectionString('esdb://localhost?tls=false')).toMatchObject({
      seeds: [{ host: 'localhost', port: 2113 }],
      gossip: false,
      tls: false,
      keepAliveIntervalMs: 10_000,
      keepAliveTimeoutMs: 10_000,
    });
    expect(parseConnectionString('esdb://a,b:2114,[::1]:2115')).toMatchObject({
      seeds: [
        { host: 'a', port: 2113 },
        { host: 'b', port: 2114 },
        { host: '::1', port: 2115 },
      ],
      gossip: true,
      tls: true,
      nodePreference: 'leader',
      gossipTimeoutMs: 1000,
      keepAliveIntervalMs: 3000,
      keepAliveTimeoutMs: 1000,
    });
  });

  it('with +discover and several hosts uses all of them as seeds, not the first alone', () => {
    expect(parseConnectionString('esdb+discover://a,b,c')).toMatchObject({
      gossip: true,
      seeds: [{ host: 'a' }, { host: 'b' }, { host: 'c' }],
    });
    expect(parseConnectionString('esdb+discover://cluster.example')).toMatchObject({ gossip: true });
    expect(parseConnectionString('kurrentdb+discover://a,b')).toMatchObject({ gossip: true });
  });

  it('may spell options in any case, with - and _, and percent-encode values', () => {
    const text =
      'esdb://me:a%40b%3Ac@h:1?TLS=false&node-preference=READ_ONLY_replica&keep_alive_interval=-1&Default-Deadline=700&connectionName=a%26b';
    expect(parseConnectionString(text)).toMatchObject({
      credentials: { username: 'me', password: 'a@b:c' },
      nodePreference: 'readonlyreplica',
      keepAliveIntervalMs: -1,
      defaultDeadlineMs: 700,
      connectionName: 'a&b',
    });
  });

  it.each([
    ['http://a', /must start with/],
    ['a:2113', /must start with/],
    ['esdb://', /no host/],
    ['esdb://a:0', /no host/],
    ['esdb://a:65536', /no host/],
    ['esdb://a,,b', /no host/],
    ['esdb://a b', /no host/],
    ['esdb://user@a', /username:password/],
    ['esdb://:pw@a', /username:password/],
    ['esdb://u:%zz@a', /percent-encoded/],
    ['esdb://a?tls', /no value/],
    ['esdb://a?tls=yes', /true or false/],
    ['esdb://a?tls=true&TLS=false', /twice/],
    ['esdb://a?nope=1', /no option "nope"/],
    ['esdb://a?nodePreference=boss', /leader, follower/],
    ['esdb://a,b?gossipTimeout=0', /whole number from 1/],
    ['esdb://a,b?gossipTimeout=0.5', /whole number from 1/],
    ['esdb://a,b?gossipTimeout=5000', /whole number from 1 to 60/],
    ['esdb://a?keepAliveInterval=0', /-1 turns keepalive off/],
    ['esdb://a?maxDiscoverAttempts=many', /whole number/],
    ['esdb://a?userCertFile=x', /come together/],
    ['esdb://a?tlsCAFile=/nowhere/ca.pem', /cannot be read/],
    ['esdb://a?userCertFile=/nowhere/c&userKeyFile=/nowhere/k', /cannot be read/],
    [`esdb://${Array.from({ length: 33 }, (_, i) => `h${i}`).join(',')}`, /at most 32/],
  ])('is refused before anything is contacted: %s', (text, why) => {
    expect(() => openOver(text)).toThrow(why);
    expect(() => openOver(text)).toThrow(expect.objectContaining({ code: 'bad-connection-string' }));
  });

  it('with a certificate that is none is refused at once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lapse-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, 'no certificate');
    expect(() => openOver(`esdb://a?userCertFile=${ca}&userKeyFile=${ca}`)).toThrow(/cannot be used/);
    rmSync(folder, { recursive: true });
  });

  it(`never shows its password, however broken it is (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const whole = `esdb://user:${SECRET}@host-a:2113,host-b:2114?tls=false&gossipTimeout=2`;
    const parts = ['?', '@', ':', '/', '%', '&', '=', ',', '#', ' ', '$', '\n', 'x'];
    let refused = 0;
    for (let i = 0; i < 5000; i += 1) {
      let text = whole;
      for (let hits = 0; hits <= i % 3; hits += 1) {
        const at = Math.floor(random() * text.length);
        if (at >= text.indexOf(SECRET) && at < text.indexOf(SECRET) + SECRET.length) continue;
        text = text.slice(0, at) + parts[Math.floor(random() * parts.length)] + text.slice(at + (i % 2));
      }
      if (!text.includes(`:${SECRET}@`) || !text.startsWith('esdb://')) continue;
      expect(maskedConnectionString(text)).not.toContain(SECRET);
      try {
        parseConnectionString(text);
      } catch (error) {
        refused += 1;
        expect(String(error)).not.toContain(SECRET);
      }
    }
    expect(refused).toBeGreaterThan(300);
  });

  it('hides its password in logs and errors, and keeps the rest readable', () => {
    expect(maskedConnectionString(`esdb://me:${SECRET}@a,b?tls=false`)).toBe('esdb://me:***@a,b?tls=false');
    expect(maskedConnectionString('esdb://a,b?tls=false')).toBe('esdb://a,b?tls=false');
    expect(maskedConnectionString(`esdb://me:p@ss-${SECRET}@a`)).toBe('esdb://me:***@a');
    for (const bad of [
      `esdb://me:${SECRET}?@a`,
      `esdb://me:x?${SECRET}@a`,
      `esdb://me:${SECRET}@a b`,
      `esdb://me:${SECRET}%zz@a`,
    ]) {
      expect(maskedConnectionString(bad)).not.toContain(SECRET);
      expect(() => parseConnectionString(bad)).toThrow(expect.not.stringContaining(SECRET));
    }
  });
});
