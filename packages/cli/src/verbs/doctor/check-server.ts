import type { EventStore } from '@lapse/store';
import { inspectEventStoreDb, type Inspection, type NodeInspection } from '@lapse/store-eventstoredb';
import { sleep, type Io } from '../../io.js';
import { openLogAt } from '../log-at.js';
import { note, ok, wrong, wrongBecause, type Finding } from './finding.js';

/** A node that has not answered by then is as good as gone for whoever waits on it. */
const ANSWER_MS = 3_000;
/** A node's time is told in whole seconds, or by gossip that may be a little old. */
const CLOCK_ERROR_MS = 2_000;

const READ = 'event_store.client.streams.streams/read';

/** What can be told of the servers that a connection string names. Nothing is written. */
export const checkServer = async (io: Io, connection: string, clockSkewMs: number): Promise<Finding[]> => {
  let store: EventStore;
  try {
    store = await openLogAt(io, connection, 'read');
  } catch (error) {
    return [wrongBecause('connection', error)];
  }
  try {
    const { nowMs } = io;
    const found = await inspectEventStoreDb({ connectionString: connection, nowMs, sleep, timeoutMs: ANSWER_MS });
    const answering = found.nodes.filter(({ error }) => error === undefined);
    const reached = found.nodes.map(reachedOf);
    const [first] = answering;
    if (first === undefined) return reached;
    return [
      ...reached,
      ...answering.map(versionOf),
      ...featuresOf(first),
      ...leaderOf(found),
      ...answering.flatMap((node) => clockOf(node, clockSkewMs)),
      await logOf(store),
      ...faultsIn(found, answering),
    ];
  } finally {
    await store.close();
  }
};

const reachedOf = ({ address, error, isAlive }: NodeInspection): Finding => {
  if (error !== undefined) return wrong('connection', `${address}: ${error}`);
  return isAlive
    ? ok('connection', `${address} answers`)
    : wrong('connection', `${address} answers, but the other nodes take it for dead`);
};

const versionOf = ({ address, version }: NodeInspection): Finding =>
  version === undefined
    ? note('version', `${address} does not tell: older than 21.10`)
    : ok('version', `${address}: ${version}`);

const featuresOf = ({ methods, appends }: NodeInspection): Finding[] => [
  appends === 'batch'
    ? ok('appends', 'many share one call (batch append, deadline as a duration)')
    : note('appends', 'one call each: the server has no batch append whose deadline is a duration'),
  methods[READ]?.includes('position') === true
    ? ok('reads', 'with positions')
    : note('reads', 'reads of a stream come without positions; those of the whole log have them'),
  ok('methods', `${Object.keys(methods).length} offered`),
];

const leaderOf = ({ nodes, leaders, clusterSize }: Inspection): Finding[] => {
  const [leader] = leaders;
  const others = nodes
    .filter(({ address, error }) => address !== leader && error === undefined && nodes.length > 1)
    .map(({ address, state }) => `${address} ${state}`);
  const found =
    leader === undefined
      ? wrong('leader', 'no node leads: appends fail until one is elected')
      : leaders.length > 1
        ? wrong('leader', `the nodes name different leaders: ${leaders.join(', ')}`)
        : ok('leader', [`${leader} leads`, ...others].join(', '));
  if (clusterSize <= nodes.length) return [found];
  const advice = 'name several, and Lapse finds another when this one is gone';
  return [found, note('cluster', `one node of ${clusterSize} is named: ${advice}`)];
};

const clockOf = ({ address, clockAheadMs }: NodeInspection, clockSkewMs: number): Finding[] => {
  if (clockAheadMs === undefined) return [note('clock', `${address} does not tell its time`)];
  const how = clockAheadMs < 0 ? `${-clockAheadMs} ms behind` : `${clockAheadMs} ms ahead of`;
  const told = `${address} is ${how} this machine (to within ${CLOCK_ERROR_MS / 1_000} s)`;
  return [
    Math.abs(clockAheadMs) > clockSkewMs + CLOCK_ERROR_MS
      ? wrong('clock', `${told}: more than ${clockSkewMs} ms stop the sweep`)
      : ok('clock', told),
  ];
};

const logOf = async (store: EventStore): Promise<Finding> => {
  try {
    const head = await store.headPosition();
    return ok('log', head === 'start' ? 'can be read, holds no events yet' : `can be read, head at ${head}`);
  } catch (error) {
    return wrongBecause('log', error);
  }
};

const faultsIn = ({ faults }: Inspection, answering: readonly NodeInspection[]): Finding[] =>
  answering.every(isGateway)
    ? [note('gateway', 'this is a Lapse that serves its own log: the version is that of the protocol, not of a node')]
    : faults.map(({ fault, answer }) => note('known fault', `${fault}. Lapse: ${answer}`));

/** It tells what it offers, and unlike any node it offers no persistent subscriptions. */
const isGateway = ({ methods }: NodeInspection): boolean => {
  const names = Object.keys(methods);
  return names.length > 0 && !names.some((name) => name.startsWith('event_store.client.persistent'));
};
