import { connect } from 'node:http2';
import { credentials, makeGenericClientConstructor, status, type ServiceError } from '@grpc/grpc-js';
import { EventStoreDBClient } from '@eventstore/db-client';
import operationsService from '@eventstore/db-client/generated/operations_grpc_pb.js';
import persistentService from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import projectionsService from '@eventstore/db-client/generated/projections_grpc_pb.js';
import usersService from '@eventstore/db-client/generated/users_grpc_pb.js';
import monitoringService from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import { describe, expect, it } from '@jest/globals';
import { reachedAt } from '../src/calls/info-calls.js';
import { Empty } from '../src/wire/messages.js';
import { all, jsonEvents } from './support/appending.js';
import { withBench } from './support/bench.js';
import { rawClient } from './support/raw-client.js';

/** Every method of a service, called with nothing. */
const callAll = async (service: object, port: number): Promise<Record<string, number>> => {
  const client = new (makeGenericClientConstructor(service as never, 'Any'))(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  );
  const methods = Object.entries(
    service as Record<string, { requestStream: boolean; responseStream: boolean; requestType: new () => never }>,
  );
  const codes: Record<string, number> = {};
  for (const [name, { requestStream, responseStream, requestType }] of methods) {
    codes[name] = await new Promise((resolve) => {
      const onEnd = (error: ServiceError | null): void => resolve(error?.code ?? status.OK);
      const send = client[name]!.bind(client) as (...args: unknown[]) => {
        on(event: string, run: (e: never) => void): unknown;
      };
      const call = requestStream
        ? responseStream
          ? send()
          : send(onEnd)
        : responseStream
          ? send(new requestType())
          : send(new requestType(), onEnd);
      if (!responseStream) return;
      call.on('error', onEnd);
      call.on('data', () => undefined);
      call.on('end', () => resolve(status.OK));
    });
  }
  client.close();
  return codes;
};

describe('what is not offered', () => {
  it.each([
    ['persistent subscriptions', persistentService.PersistentSubscriptionsService],
    ['users', usersService.UsersService],
    ['operations', operationsService.OperationsService],
    ['projections', projectionsService.ProjectionsService],
    ['monitoring', monitoringService.MonitoringService],
  ])('%s answer UNIMPLEMENTED at once, every method (row 24)', (_name, service) =>
    withBench(async ({ gateway }) => {
      const codes = await callAll(service, gateway.address.port);
      expect(Object.keys(codes).length).toBeGreaterThan(0);
      expect(new Set(Object.values(codes))).toEqual(new Set([status.UNIMPLEMENTED]));
    }),
  );

  it('an unknown service and an unknown method too', () =>
    withBench(async ({ gateway }) => {
      const method = (path: string): object => ({
        ...persistentService.PersistentSubscriptionsService.create,
        path,
        requestType: persistent.CreateReq,
      });
      const service = { a: method('/event_store.client.streams.Streams/AppendSession'), b: method('/no.Such/Thing') };
      expect(await callAll(service, gateway.address.port)).toEqual({
        a: status.UNIMPLEMENTED,
        b: status.UNIMPLEMENTED,
      });
    }));
});

describe('what a client asks first', () => {
  it('the features: a version in three parts, and exactly the methods that there are (row 26)', () =>
    withBench(async ({ raw }) => {
      const { answer } = await raw.features(new Empty());
      expect(answer!.getEventStoreServerVersion()).toMatch(/^\d+\.\d+\.\d+$/);
      const methods = answer!
        .getMethodsList()
        .map((m) => [`${m.getServiceName()}/${m.getMethodName()}`, m.getFeaturesList()]);
      expect(Object.fromEntries(methods)).toEqual({
        'event_store.client.streams.streams/read': ['position', 'events'],
        'event_store.client.streams.streams/append': [],
        'event_store.client.streams.streams/delete': [],
        'event_store.client.streams.streams/tombstone': [],
        'event_store.client.streams.streams/batchappend': ['deadline_duration'],
        'event_store.client.gossip.gossip/read': [],
        'event_store.client.server_features.serverfeatures/getsupportedmethods': [],
      });
    }));

  it('gossip: one member, alive, the leader, at the address that clients can reach', () =>
    withBench(async ({ raw, gateway }) => {
      const { answer } = await raw.gossip(new Empty());
      const [member, ...others] = answer!.getMembersList();
      expect(others).toEqual([]);
      expect([member!.getState(), member!.getIsAlive(), member!.getHttpEndPoint()!.toObject()]).toEqual([
        8,
        true,
        { address: '127.0.0.1', port: gateway.address.port },
      ]);
    }));

  it('gossip tells the advertised address', () =>
    withBench(
      async ({ raw }) => {
        const { answer } = await raw.gossip(new Empty());
        expect(answer!.getMembersList()[0]!.getHttpEndPoint()!.toObject()).toEqual({
          address: 'lapse.example',
          port: 1,
        });
      },
      { advertised: { host: 'lapse.example', port: 1 } },
    ));

  it.each([
    ['lapse.example:2113', { host: 'lapse.example', port: 2113 }],
    ['[::1]:2113', { host: '::1', port: 2113 }],
    ['10.0.0.7:65535', { host: '10.0.0.7', port: 65_535 }],
    ['lapse.example', undefined],
    ['', undefined],
    ['a b:1', undefined],
  ])('the authority %j says that it was reached at %j', (authority, expected) => {
    expect(reachedAt(authority)).toEqual(expected);
  });

  it('gossip of a gateway that listens on every interface tells the address by which a client came', () =>
    withBench(
      async ({ gateway }) => {
        const { port } = gateway.address;
        const client = EventStoreDBClient.connectionString(`esdb+discover://localhost:${port}?tls=false`);
        await client.appendToStream('a', jsonEvents(1));
        await client.dispose();
        const raw = rawClient(port);
        const { answer } = await raw.gossip(new Empty());
        raw.close();
        expect(answer!.getMembersList()[0]!.getHttpEndPoint()!.toObject()).toEqual({ address: '127.0.0.1', port });
      },
      { host: '0.0.0.0' },
    ));

  it.each(['esdb+discover://HOST', 'esdb://HOST,127.0.0.1:1'])('a client that discovers finds it by %s', (text) =>
    withBench(async ({ gateway }) => {
      const client = EventStoreDBClient.connectionString(
        `${text.replace('HOST', `127.0.0.1:${gateway.address.port}`)}?tls=false&keepAliveInterval=23456`,
      );
      await client.appendToStream('a', jsonEvents(1));
      expect((await all(client.readStream('a'))).length).toBe(1);
      await client.dispose();
    }),
  );

  it('the settings of HTTP/2 are those of a node (row 25)', () =>
    withBench(async ({ gateway }) => {
      const session = connect(`http://127.0.0.1:${gateway.address.port}`);
      const settings = await new Promise<object>((resolve) => session.once('remoteSettings', resolve));
      session.close();
      expect(settings).toMatchObject({
        maxConcurrentStreams: 100,
        initialWindowSize: 786_432,
        maxFrameSize: 16_384,
        maxHeaderListSize: 32_768,
      });
    }));
});
