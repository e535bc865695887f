import { readFileSync } from 'node:fs';
import { EventStoreDBClient } from '@eventstore/db-client';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { credentialsOf } from '../src/access.js';
import type { AccessQuestion, GatewayLogLine } from '../src/index.js';
import { all, classic, jsonEvents, newIds } from './support/appending.js';
import { withBench, type Bench } from './support/bench.js';
import { readInWords } from './support/reading.js';

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const DENIED = { type: 'access-denied' };

/** `writer` may do everything but read; `reader` may read; nobody else may anything. */
const authorize = ({ credentials, action }: AccessQuestion): 'ok' | 'denied' | 'unauthenticated' => {
  if (credentials === undefined) return 'denied';
  if (credentials.password !== 'right') return 'unauthenticated';
  return (credentials.username === 'reader') === (action === 'read') ? 'ok' : 'denied';
};

const tls = { certificate: fixture('server.pem'), privateKey: fixture('server-key.pem') };

const clientAs = ({ gateway }: Bench, user: string, password = 'right'): EventStoreDBClient =>
  EventStoreDBClient.connectionString(
    `esdb://${user}:${password}@localhost:${gateway.address.port}?tlsCAFile=${new URL('fixtures/authority.pem', import.meta.url).pathname}`,
  );

describe('who may do what', () => {
  it('is asked with the credentials that a client sends over TLS', () =>
    withBench(
      async (bench) => {
        const [writer, reader, wrong] = [
          clientAs(bench, 'writer'),
          clientAs(bench, 'reader'),
          clientAs(bench, 'reader', 'wrong'),
        ];
        await writer.appendToStream('a', jsonEvents(1));
        await writer.appendToStream('a', jsonEvents(1), { credentials: { username: 'writer', password: 'right' } });
        expect((await all(reader.readStream('a'))).length).toBe(2);
        expect((await all(reader.readAll())).length).toBe(3);
        await expect(reader.appendToStream('a', jsonEvents(1))).rejects.toMatchObject(DENIED);
        await expect(reader.deleteStream('a')).rejects.toMatchObject(DENIED);
        await expect(reader.tombstoneStream('a')).rejects.toMatchObject(DENIED);
        await expect(reader.setStreamMetadata('a', { maxCount: 1 })).rejects.toMatchObject(DENIED);
        await expect(all(writer.readStream('a'))).rejects.toMatchObject(DENIED);
        await expect(all(writer.readAll())).rejects.toMatchObject(DENIED);
        await expect(all(wrong.readStream('a'))).rejects.toMatchObject(DENIED);
        await expect(wrong.appendToStream('a', jsonEvents(1))).rejects.toMatchObject(DENIED);
        await writer.setStreamMetadata('a', { maxCount: 1 });
        await writer.deleteStream('a');
        for (const client of [writer, reader, wrong]) await client.dispose();
      },
      { tls, authorize },
    ));

  it.each([
    ['at once', authorize],
    ['later', async (question: AccessQuestion) => authorize(question)],
  ])('on the wire: 7 for denied, 16 for bad credentials, answered %s', (_when, answer) =>
    withBench(
      async ({ raw }) => {
        const metadata = new Metadata();
        metadata.set('authorization', 'Basic nonsense');
        expect((await raw.append('a', 'any', [{}], metadata)).error).toMatchObject({ code: status.UNAUTHENTICATED });
        expect((await raw.append('a', 'any', [{}])).error).toMatchObject({ code: status.PERMISSION_DENIED });
        metadata.set('authorization', `Basic ${Buffer.from('writer:right').toString('base64')}`);
        expect((await raw.append('a', 'any', [{}], metadata)).error).toBeUndefined();
        expect(await readInWords(raw, { stream: 'a', count: 1 })).toMatchObject({ code: status.PERMISSION_DENIED });
      },
      { authorize: answer },
    ),
  );

  it('is asked for the stream that metadata speaks of, and for $all', () => {
    const questions: AccessQuestion[] = [];
    return withBench(
      async ({ client, raw }) => {
        await client.setStreamMetadata('a', { maxCount: 1 });
        await client.getStreamMetadata('a');
        await all(client.readAll());
        await classic(raw, 'a', 'any', newIds(1));
        await client.deleteStream('a');
        await client.tombstoneStream('a');
        expect(questions).toEqual([
          { action: 'metadata', stream: 'a' },
          { action: 'read', stream: 'a' },
          { action: 'read', stream: '$all' },
          { action: 'write', stream: 'a' },
          { action: 'delete', stream: 'a' },
          { action: 'delete', stream: 'a' },
        ]);
      },
      {
        authorize: (question) => {
          questions.push(question);
          return 'ok';
        },
      },
    );
  });

  it('an authorizer that breaks fails the call and nothing else, and what is logged holds no credentials', () => {
    const lines: GatewayLogLine[] = [];
    return withBench(
      async ({ raw }) => {
        const metadata = new Metadata();
        metadata.set('authorization', `Basic ${Buffer.from('ada:secret').toString('base64')}`);
        expect((await raw.append('bad', 'any', [{}], metadata)).error).toMatchObject({ code: status.INTERNAL });
        expect((await raw.append('good', 'any', [{}], metadata)).error).toBeUndefined();
        expect(lines).toMatchObject([{ level: 'error', message: 'an append failed' }]);
        expect(JSON.stringify(lines)).not.toContain('secret');
      },
      {
        authorize: ({ stream }) => {
          if (stream === 'bad') throw new Error('broken');
          return 'ok';
        },
        log: (line) => lines.push(line),
      },
    );
  });

  it.each([
    ['Basic YTpi', { username: 'a', password: 'b' }],
    ['basic YTpiOmM=', { username: 'a', password: 'b:c' }],
    [`Basic ${Buffer.from('ä:密码').toString('base64')}`, { username: 'ä', password: '密码' }],
    ['Basic YQ==', 'bad'],
    ['Bearer abc', 'bad'],
    ['Basic', 'bad'],
  ])('the header %s holds %j', (header, expected) => {
    const metadata = new Metadata();
    metadata.set('authorization', header);
    expect(credentialsOf(metadata)).toEqual(expected);
    expect(credentialsOf(new Metadata())).toBe('none');
  });
});

describe('TLS', () => {
  it('refuses clients that speak none, and clients without a certificate where one is asked for', async () => {
    await withBench(
      async ({ client, raw }) => {
        await expect(client.appendToStream('a', jsonEvents(1))).rejects.toThrow();
        expect((await raw.append('a', 'any', [{}])).error).toMatchObject({ code: status.UNAVAILABLE });
      },
      { tls },
    );
    await withBench(
      async (bench) => {
        const client = clientAs(bench, 'a');
        await expect(client.appendToStream('a', jsonEvents(1))).rejects.toThrow();
        await client.dispose();
      },
      { tls: { ...tls, clientCertificateAuthority: fixture('authority.pem') } },
    );
  });

  it('does not start with a certificate that is none', async () => {
    const broken = { certificate: Buffer.from('x'), privateKey: Buffer.from('y') };
    await expect(withBench(async () => undefined, { tls: broken })).rejects.toThrow();
  });
});
