import type { handleUnaryCall } from '@grpc/grpc-js';
import { failureOf } from '../failure.js';
import { ClusterInfo, EndPoint, GossipService, MemberInfo, ServerFeaturesService } from '../wire/messages.js';
import { StreamsService, SupportedMethod, SupportedMethods, type Empty } from '../wire/messages.js';
import { ticksOf } from '../wire/ticks.js';
import { uuidMessage } from '../wire/uuid.js';
import type { CallTools } from './tools.js';

/** The version whose behaviour this gateway keeps, in the three parts that clients read. */
export const PROTOCOL_VERSION = '23.10.6';

const FEATURES: Readonly<Record<string, readonly string[]>> = {
  '/event_store.client.streams.Streams/Read': ['position', 'events'],
  '/event_store.client.streams.Streams/BatchAppend': ['deadline_duration'],
};

/** Every method that is offered, as a node lists its own; what is not listed answers `UNIMPLEMENTED`. */
const supportedMethods = (): InstanceType<typeof SupportedMethod>[] =>
  [StreamsService, GossipService, ServerFeaturesService].flatMap((service) =>
    Object.values(service).map(({ path }: { readonly path: string }) => {
      const [, serviceName, methodName] = path.toLowerCase().split('/');
      return new SupportedMethod()
        .setServiceName(serviceName!)
        .setMethodName(methodName!)
        .setFeaturesList([...(FEATURES[path] ?? [])]);
    }),
  );

export const featuresCall =
  ({ faults }: CallTools): handleUnaryCall<Empty, InstanceType<typeof SupportedMethods>> =>
  (_call, callback) => {
    const answer = async (): Promise<void> => {
      try {
        await faults.beforeFeatures?.();
        const methods = new SupportedMethods().setEventStoreServerVersion(PROTOCOL_VERSION);
        callback(null, methods.setMethodsList(supportedMethods()));
      } catch (error) {
        callback(failureOf(error, '', 0));
      }
    };
    void answer();
  };

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Member {
  readonly instanceId: string;
  /** Where a client that called by this authority finds it. */
  readonly addressFor: (authority: string) => Address;
}

/**
 * The address by which a client has reached a server: the one that it can reach again, whatever interface the server listens
 * on, and the one for which its certificate was good. Undefined for an authority that names no port.
 */
export const reachedAt = (authority: string): Address | undefined => {
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^:/@\s]{1,253})):(\d{1,5})$/i.exec(authority) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? undefined : { host, port: Number(port) };
};

/** A cluster of one: this gateway, which leads. */
export const gossipCall =
  (
    { core, faults }: CallTools,
    { instanceId, addressFor }: Member,
  ): handleUnaryCall<Empty, InstanceType<typeof ClusterInfo>> =>
  (call, callback) => {
    const answer = async (): Promise<void> => {
      try {
        await faults.beforeGossip?.();
        const { host, port } = addressFor(call.getHost());
        const member = new MemberInfo()
          .setInstanceId(uuidMessage(instanceId, 'structured'))
          .setTimeStamp(ticksOf(core.nowMs()))
          .setState(MemberInfo.VNodeState.LEADER)
          .setIsAlive(true)
          .setHttpEndPoint(new EndPoint().setAddress(host).setPort(port));
        callback(null, new ClusterInfo().setMembersList([member]));
      } catch (error) {
        callback(failureOf(error, '', 0));
      }
    };
    void answer();
  };
