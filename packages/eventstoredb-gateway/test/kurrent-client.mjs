// A second client against the gateway: @kurrent/kurrentdb-client, whose reads go through a gRPC stack in Rust.
//
//   npx tsc --build packages/eventstoredb-gateway
//   LAPSE_KURRENT_CLIENT=/some/folder node packages/eventstoredb-gateway/test/kurrent-client.mjs
//
// The folder is one in which `npm install @kurrent/kurrentdb-client` was run, outside of this workspace: that package and
// @eventstore/db-client overwrite each other's message classes when one process loads both. So this process serves, and
// starts itself again as the one that has the client.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FOLDER = process.env['LAPSE_KURRENT_CLIENT'];
const [, , port] = process.argv;

const serve = async () => {
  const { createMemoryStore } = await import('@lapse/store');
  const { createGateway } = await import('../dist/index.js');
  const gateway = await createGateway({
    store: createMemoryStore({
      extractFacts: () => ({ kind: 0, atMs: 0, flags: 0 }),
      nowMs: Date.now,
      identity: 'kurrent',
      appendBytesMax: 17 * 1_048_576,
    }),
    positionToNumber: Number,
    positionFromNumber: String,
    authorize: () => 'ok',
    isProtected: (stream) => stream.startsWith('session-'),
    nowMs: Date.now,
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
    host: '127.0.0.1',
    port: 0,
  });
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), String(gateway.address.port)], {
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  await sleep(100);
  const stats = gateway.stats();
  await gateway.close();
  console.log('left behind on the server:', JSON.stringify(stats));
  process.exitCode = code ?? 1;
};

const collect = async (read) => {
  const events = [];
  for await (const resolved of read) events.push(resolved.event ?? resolved.link);
  return events;
};

/** Everything up to the event that `isLast` says is the last. */
const follow = async (subscription, isLast) => {
  const heard = [];
  subscription.on('caughtUp', () => heard.push('caught up'));
  for await (const { event } of subscription) {
    heard.push(`${event.streamId}/${event.revision}`);
    if (isLast(event)) break;
  }
  await subscription.unsubscribe?.();
  return heard;
};

const rejection = async (promise) => {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (reason) => reason,
  );
  return error.type ?? error.constructor.name;
};

/** Name of each check, and what is done in it. */
const checks = ({
  KurrentDBClient,
  jsonEvent,
  binaryEvent,
  eventTypeFilter,
  streamNameFilter,
  excludeSystemEvents,
}) => {
  const client = KurrentDBClient.connectionString`kurrentdb://127.0.0.1:${port}?tls=false`;
  const some = (count, type = 'said') => Array.from({ length: count }, (_, i) => jsonEvent({ type, data: { i } }));
  const classic = { credentials: { username: 'a', password: 'b' } };
  return {
    'appends in a batch and by the classic way': async () => {
      const first = await client.appendToStream('a', some(3), { streamState: 'no_stream' });
      assert.deepEqual([first.success, first.nextExpectedRevision], [true, 2n]);
      const second = await client.appendToStream('a', some(2), { streamState: 2n, ...classic });
      assert.equal(second.nextExpectedRevision, 4n);
      assert.ok(second.position.commit > first.position.commit);
    },
    'a retry of the same ids is the append that it was': async () => {
      const events = some(2);
      await client.appendToStream('retry', events, { streamState: 'no_stream' });
      for (const how of [{}, classic]) {
        const again = await client.appendToStream('retry', events, { streamState: 'no_stream', ...how });
        assert.equal(again.nextExpectedRevision, 1n);
      }
      assert.equal((await collect(client.readStream('retry'))).length, 2);
    },
    'conflicts, in both ways': async () => {
      for (const how of [{}, classic]) {
        const type = await rejection(client.appendToStream('a', some(1), { streamState: 'no_stream', ...how }));
        assert.match(type, /wrong-expected-version/);
      }
    },
    'reads a stream forwards, backwards and from a revision (Rust)': async () => {
      const revisions = async (options) =>
        (await collect(client.readStream('a', options))).map((e) => Number(e.revision));
      assert.deepEqual(await revisions({}), [0, 1, 2, 3, 4]);
      assert.deepEqual(await revisions({ fromRevision: 3n }), [3, 4]);
      assert.deepEqual(await revisions({ direction: 'backwards', fromRevision: 'end', maxCount: 2 }), [4, 3]);
    },
    'reads back the very bytes, ids and metadata (Rust)': async () => {
      const data = Uint8Array.from({ length: 256 }, (_, i) => i);
      const event = binaryEvent({ type: 'bytes', data, metadata: { ü: '买家' } });
      await client.appendToStream('bytes', event);
      const [read] = await collect(client.readStream('bytes'));
      assert.deepEqual([read.id, read.type, read.isJson, read.metadata], [event.id, 'bytes', false, { ü: '买家' }]);
      assert.deepEqual(Buffer.from(read.data), Buffer.from(data));
    },
    'a missing stream is not found (Rust)': async () => {
      assert.match(await rejection(collect(client.readStream('missing'))), /not-found|NotFound/);
    },
    'reads the whole log in both directions, and filtered by the server (Rust)': async () => {
      const forwards = await collect(client.readAll());
      const backwards = await collect(client.readAll({ direction: 'backwards', fromPosition: 'end' }));
      assert.deepEqual(backwards.toReversed(), forwards);
      const onlyRetry = await collect(client.readAll({ filter: streamNameFilter({ prefixes: ['retry'] }) }));
      assert.equal(onlyRetry.length, 2);
      const noSystem = await collect(client.readAll({ filter: excludeSystemEvents() }));
      assert.equal(noSystem.length, forwards.filter(({ type }) => !type.startsWith('$')).length);
      const regex = await collect(client.readAll({ filter: eventTypeFilter({ regex: '^by.es$' }) }));
      assert.equal(regex.length, 1);
    },
    'ten thousand events one by one (Rust)': async () => {
      for (let i = 0; i < 10; i += 1) await client.appendToStream('many', some(1000));
      assert.equal((await collect(client.readStream('many'))).length, 10_000);
    },
    'subscribes to a stream: what is there, caught up, live': async () => {
      const subscription = client.subscribeToStream('a', { fromRevision: 2n });
      const heard = follow(subscription, ({ type }) => type === 'end');
      await sleep(200);
      await client.appendToStream('a', [...some(1), ...some(1, 'end')]);
      assert.deepEqual(await heard, ['a/3', 'a/4', 'caught up', 'a/5', 'a/6']);
    },
    'subscribes to the whole log with a filter and checkpoints': async () => {
      const checkpoints = [];
      const filter = eventTypeFilter({
        prefixes: ['rare'],
        maxSearchWindow: 32,
        checkpointReached: async (_subscription, position) => void checkpoints.push(position),
      });
      const subscription = client.subscribeToAll({ fromPosition: 'start', filter });
      const heard = follow(subscription, () => true);
      await sleep(200);
      await client.appendToStream('b', some(1, 'rare'));
      assert.deepEqual(await heard, ['caught up', 'b/0']);
      assert.ok(checkpoints.length > 300, `${checkpoints.length} checkpoints`);
    },
    'metadata, limits, soft delete and tombstone': async () => {
      await client.appendToStream('c', some(5));
      await client.setStreamMetadata('c', { maxCount: 2 });
      assert.deepEqual((await client.getStreamMetadata('c')).metadata, { maxCount: 2 });
      assert.equal((await collect(client.readStream('c'))).length, 2);
      await client.deleteStream('c', { expectedRevision: 4n });
      assert.match(await rejection(collect(client.readStream('c'))), /not-found|NotFound/);
      const recreated = await client.appendToStream('c', some(1), { streamState: 'no_stream' });
      assert.equal(recreated.nextExpectedRevision, 5n);
      assert.equal((await collect(client.readStream('c'))).length, 1);
      await client.tombstoneStream('c');
      assert.match(await rejection(collect(client.readStream('c'))), /deleted|Deleted/);
      assert.match(await rejection(client.appendToStream('c', some(1))), /deleted|Deleted/);
    },
    'a session can be appended to and not deleted': async () => {
      await client.appendToStream('session-1', some(1, 'opened'));
      assert.match(await rejection(client.deleteStream('session-1')), /access-denied/);
      assert.match(await rejection(client.setStreamMetadata('session-1', { maxCount: 1 })), /access-denied/);
    },
    'persistent subscriptions are refused, not hung': async () => {
      const created = client.createPersistentSubscriptionToStream('a', 'group', {});
      assert.ok(await rejection(created));
    },
    leaves: () => client.dispose(),
  };
};

const check = async () => {
  const resolve = createRequire(join(FOLDER, 'index.js')).resolve;
  const client = await import(resolve('@kurrent/kurrentdb-client'));
  let failed = 0;
  for (const [name, run] of Object.entries(checks({ ...client.default, ...client }))) {
    const error = await Promise.race([
      Promise.resolve(run()).then(
        () => undefined,
        (reason) => reason,
      ),
      sleep(30_000, new Error('no answer within 30 s'), { ref: false }),
    ]);
    if (error !== undefined) failed += 1;
    console.log(error === undefined ? `ok    ${name}` : `FAIL  ${name}: ${error.message}`);
  }
  process.exit(failed === 0 ? 0 : 1);
};

if (FOLDER === undefined) {
  console.error('LAPSE_KURRENT_CLIENT must name a folder with @kurrent/kurrentdb-client; see the head of this file');
  process.exitCode = 2;
} else if (port === undefined) await serve();
else await check();
