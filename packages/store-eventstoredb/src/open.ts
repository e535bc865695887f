import { Appender } from './append/appender.js';
import { BestPath } from './append/best-path.js';
import { ClassicAppend } from './append/classic.js';
import { compareWithLog, type StreamOfLeader } from './append/stands-there.js';
import { ChannelFactory } from './connection/channel.js';
import { parseConnectionString } from './connection/connection-string.js';
import { Discovery } from './connection/discovery.js';
import { Lane, type Connecting } from './connection/lane.js';
import { SubscriptionLanes } from './connection/lanes.js';
import { checkedOptions } from './check-options.js';
import { Furthest } from './furthest.js';
import { Names } from './names.js';
import type { EventStoreDbOptions } from './options.js';
import { AllReader } from './read/all.js';
import { Reader } from './read/reader.js';
import { StreamReader } from './read/streams.js';
import { EventStoreDbStore } from './store.js';

/**
 * The port over an EventStoreDB (or KurrentDB) node or cluster. Nothing is contacted before the first call, so a server that is
 * down now and up later needs no new store. Throws `BadConnectionString` for a connection string that cannot be used, a
 * RangeError for a deadline or limit that bounds nothing, and a StoreError for a bad stream prefix.
 */
export const openEventStoreDbStore = (options: EventStoreDbOptions): EventStoreDbStore => {
  const { nowMs, random, sleep, onTrouble, extractFacts } = options;
  const settings = parseConnectionString(options.connectionString);
  const ambient = { nowMs, random, sleep };
  const tryMs = settings.defaultDeadlineMs === undefined ? {} : { appendTryMs: settings.defaultDeadlineMs };
  const { deadlines, limits } = checkedOptions(options, tryMs);
  const names = new Names(options.streamPrefix ?? '');
  const channels = new ChannelFactory(settings);
  const discovery = new Discovery(channels, ambient, deadlines.avoidNodeMs);
  const connecting: Connecting = { ...ambient, channels, discovery, onTrouble };
  const writes = new Lane('writes', 'leader', connecting);
  const decisions = new Lane('reads at the leader', 'leader', connecting);
  const pages = new Lane('reads', settings.nodePreference, connecting);
  const subscriptionLanes = new SubscriptionLanes(settings.nodePreference, connecting, limits);
  const furthest = new Furthest();
  const reader = new Reader({ ...ambient, deadlines, limits, furthest, onTrouble });
  const streams = new StreamReader(reader, decisions, names);
  const all = new AllReader(reader, pages, decisions, names, extractFacts, deadlines.quietMs);
  const path =
    options.appendPath === 'classic'
      ? new ClassicAppend(() => writes.metadata(false), sleep)
      : new BestPath(writes, sleep);
  const standsThere = compareWithLog((totalMs) => streamOfLeader(streams, totalMs));
  const appender = new Appender({
    ...ambient,
    lane: writes,
    path,
    standsThere,
    furthest,
    deadlines,
    limits,
    onTrouble,
  });
  return new EventStoreDbStore({
    names,
    limits,
    appender,
    reader,
    streams,
    all,
    lanes: [writes, decisions, pages],
    subscriptionLanes,
    subscriptions: { ...ambient, names, extractFacts, deadlines, all, furthest, onTrouble },
  });
};

const streamOfLeader = (streams: StreamReader, totalMs: number): StreamOfLeader => ({
  forwards: async (stream, from, count) =>
    (await streams.events(stream, { from, direction: 'forwards', count }, { totalMs })) ?? [],
  backwards: async (stream, count) =>
    (await streams.events(stream, { from: 'end', direction: 'backwards', count }, { totalMs })) ?? [],
});
