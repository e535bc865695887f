import type { EventStore } from '@lapse/store';
import type { Io } from '../../io.js';
import { openLogAt } from '../log-at.js';
import { note, ok, wrong, wrongBecause, type Finding } from './finding.js';
import { faultsOf } from './known-faults.js';
import { probeServers, type Node } from './server-probe.js';

/** A node tells its time now and then: what it told last may be this old. */
const GOSSIP_AGE_MS_MAX = 2_000;

const READ = 'event_store.client.streams.streams/read';
const BATCH_APPEND = 'event_store.client.streams.streams/batchappend';

/** What can be told of the servers that a connection string names. Nothing is written. */
export const checkServer = async (io: Io, connection: string, clockSkewMs: number): Promise<Finding[]> => {
  let store: EventStore;
  try {
    store = await openLogAt(io, connection, 'read');
  } catch (error) {
    return [wrongBecause('connection', error)];
  }
  try {
    const nodes = await probeServers(io, connection);
    const answering = nodes.filter(({ trouble }) => trouble === undefined);
    const reached = nodes.map(reachedOf);
    const [first] = answering;
    if (first === undefined) return reached;
    return [
      ...reached,
      ...answering.map(versionOf),
      ...featuresOf(first),
      ...leaderOf(answering),
      ...clocksOf(first, clockSkewMs),
      await logOf(store),
      ...faultsIn(answering),
    ];
  } finally {
    await store.close();
  }
};

const reachedOf = ({ address, trouble }: Node): Finding =>
  trouble === undefined ? ok('connection', `${address} answers`) : wrong('connection', `${address}: ${trouble}`);

const versionOf = ({ address, version }: Node): Finding =>
  version === undefined
    ? note('version', `${address} does not tell: older than 21.10`)
    : ok('version', `${address}: ${version}`);

const featuresOf = ({ methods }: Node): Finding[] => {
  const batch = methods.get(BATCH_APPEND)?.includes('deadline_duration') === true;
  const position = methods.get(READ)?.includes('position') === true;
  return [
    batch
      ? ok('appends', 'many share one call (batch append, deadline as a duration)')
      : note('appends', 'one call each: the server has no batch append whose deadline is a duration'),
    position
      ? ok('reads', 'with positions')
      : note('reads', 'reads of a stream come without positions; those of the whole log have them'),
    ok('methods', `${methods.size} offered`),
  ];
};

const leaderOf = (nodes: readonly Node[]): Finding[] => {
  const leaders = nodes.map(({ members }) => members.filter((one) => one.isAlive && one.state === 'Leader'));
  const named = new Set(leaders.flat().map(({ address }) => address));
  const [leader] = named;
  const dead = (nodes[0] as Node).members.filter(({ isAlive }) => !isAlive);
  const others = (nodes[0] as Node).members
    .filter(({ isAlive, state }) => isAlive && state !== 'Leader')
    .map(({ address, state }) => `${address} ${state}`);
  const whole = [`${leader} leads`, ...others].join(', ');
  return [
    leader === undefined
      ? wrong('leader', 'no node leads: appends fail until one is elected')
      : named.size > 1
        ? wrong('leader', `the nodes name different leaders: ${[...named].join(', ')}`)
        : ok('leader', whole),
    ...dead.map(({ address, state }) => wrong('member', `${address} (${state}) is not alive`)),
  ];
};

const clocksOf = ({ members }: Node, clockSkewMs: number): Finding[] =>
  members
    .filter(({ isAlive }) => isAlive)
    .map(({ address, clockAheadMs }) => {
      const how = clockAheadMs < 0 ? `${-clockAheadMs} ms behind` : `${clockAheadMs} ms ahead of`;
      const told = `${address} is ${how} this machine (by its gossip, which may be ${GOSSIP_AGE_MS_MAX / 1_000} s old)`;
      // Old gossip makes a clock look late, never early.
      const isOff = clockAheadMs > clockSkewMs || clockAheadMs < -clockSkewMs - GOSSIP_AGE_MS_MAX;
      return isOff ? wrong('clock', `${told}: more than ${clockSkewMs} ms stop the sweep`) : ok('clock', told);
    });

const logOf = async (store: EventStore): Promise<Finding> => {
  try {
    const head = await store.headPosition();
    return ok('log', head === 'start' ? 'can be read, holds no events yet' : `can be read, head at ${head}`);
  } catch (error) {
    return wrongBecause('log', error);
  }
};

const faultsIn = (nodes: readonly Node[]): Finding[] =>
  nodes.every(isGateway)
    ? [note('gateway', 'this is a Lapse that serves its own log: the version is that of the protocol, not of a node')]
    : faultsOf(oldestOf(nodes)).map(({ fault, lapse }) => note('known fault', `${fault}. Lapse ${lapse}`));

/** It tells what it offers, and unlike any node it offers no persistent subscriptions. */
const isGateway = ({ methods }: Node): boolean =>
  methods.size > 0 && ![...methods.keys()].some((name) => name.startsWith('event_store.client.persistent'));

/** Of versions in one cluster the oldest has the most faults; one that tells none is older than all. */
const oldestOf = (nodes: readonly Node[]): string | undefined => {
  const versions = nodes.map(({ version }) => version);
  if (versions.includes(undefined)) return undefined;
  return (versions as string[]).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0];
};
