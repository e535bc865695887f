import type { Address } from '../wire/failure.js';

export type NodePreference = 'leader' | 'follower' | 'random' | 'readonlyreplica';

/** What a connection string says, with every default filled in. Times in milliseconds. */
export interface ConnectionSettings {
  readonly seeds: readonly Address[];
  /** Ask the seeds who is in the cluster; otherwise the only seed is the node. */
  readonly gossip: boolean;
  readonly tls: boolean;
  readonly verifyCertificate: boolean;
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly nodePreference: NodePreference;
  readonly discoverAttemptsMax: number;
  readonly discoveryIntervalMs: number;
  readonly gossipTimeoutMs: number;
  /** -1 turns keepalive off. */
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  /** The deadline of one try, where the connection string names one. */
  readonly defaultDeadlineMs: number | undefined;
  readonly connectionName: string | undefined;
}

/** A connection string that cannot be used. The message names the part at fault and never holds the password. */
export class BadConnectionString extends Error {
  override readonly name = 'BadConnectionString';
  readonly code = 'bad-connection-string';
}

const SCHEME = /^(esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\//i;
const PORT_DEFAULT = 2113;
const SEEDS_MAX = 32;
const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/;
const GOSSIP_TIMEOUT_SECONDS_MAX = 60;
const CLUSTER_KEEP_ALIVE = { intervalMs: 3000, timeoutMs: 1000 };
const SINGLE_KEEP_ALIVE = { intervalMs: 10_000, timeoutMs: 10_000 };

const refuse = (why: string): never => {
  throw new BadConnectionString(`connection string: ${why}`);
};

/** The same text with the password replaced: fit for logs and errors. */
export const maskedConnectionString = (text: string): string => {
  const { scheme, userInfo, rest } = splitUserInfo(text);
  if (userInfo === undefined) return text;
  const colon = userInfo.indexOf(':');
  return `${scheme}${colon < 0 ? '***' : userInfo.slice(0, colon)}:***@${rest}`;
};

/** The last `@` ends the user's part: a password with a bare `@` in it stays whole, and hidden. */
const splitUserInfo = (text: string): { scheme: string; userInfo: string | undefined; rest: string } => {
  const schemeEnd = text.indexOf('://') + 3;
  const scheme = schemeEnd < 3 ? '' : text.slice(0, schemeEnd);
  const behind = text.slice(scheme.length);
  const at = behind.lastIndexOf('@');
  if (at < 0) return { scheme, userInfo: undefined, rest: behind };
  return { scheme, userInfo: behind.slice(0, at), rest: behind.slice(at + 1) };
};

/**
 * Reads `esdb://[user:password@]host[:port][,host…][?option=value&…]`, `kurrentdb://` likewise. Several hosts are a list of
 * seeds, also behind `+discover`. Option names as in the official client, whatever their case, `-` and `_`.
 * Throws {@link BadConnectionString}; nothing is contacted.
 */
export const parseConnectionString = (text: string): ConnectionSettings => {
  const trimmed = text.trim();
  const scheme = SCHEME.exec(trimmed);
  if (scheme === null) return refuse('it must start with esdb:// or esdb+discover://');
  const [address = '', query = ''] = splitOnce(trimmed, '?');
  // Part of a password may stand here; no message below may quote it.
  if (query.includes('@')) refuse('an @ behind the first ?: in user name, password and values ? is %3F and @ is %40');
  const { userInfo, rest: authority } = splitUserInfo(address);
  const seeds = authority.replace(/\/+$/, '').split(',').map(seedOf);
  if (seeds.length > SEEDS_MAX) refuse(`${seeds.length} hosts, at most ${SEEDS_MAX} are taken`);
  const gossip = seeds.length > 1 || scheme[2] !== undefined;
  const credentials = userInfo === undefined ? undefined : credentialsOf(userInfo);
  return settingsOf(seeds, gossip, credentials, optionsOf(query));
};

const splitOnce = (text: string, separator: string): string[] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};

const seedOf = (host: string): Address => {
  const match = HOST.exec(host.trim());
  const port = Number(match?.[3] ?? PORT_DEFAULT);
  if (match === null || port < 1 || port > 65_535) return refuse(`${JSON.stringify(host)} is no host or host:port`);
  return { host: (match[1] ?? match[2])!, port };
};

const credentialsOf = (userInfo: string): { username: string; password: string } => {
  const [username = '', password] = splitOnce(userInfo, ':');
  if (username === '' || password === undefined || password === '') {
    return refuse('before the @ stands no username:password');
  }
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return refuse('user name or password is badly percent-encoded');
  }
};

const OPTIONS = [
  ...['tls', 'tlsverifycert', 'tlscafile', 'usercertfile', 'userkeyfile', 'nodepreference', 'maxdiscoverattempts'],
  ...['discoveryinterval', 'gossiptimeout', 'keepaliveinterval', 'keepalivetimeout', 'defaultdeadline'],
  ...['throwonappendfailure', 'connectionname'],
] as const;
type Option = (typeof OPTIONS)[number];
type Options = ReadonlyMap<Option, string>;

const optionsOf = (query: string): Options => {
  const options = new Map<Option, string>();
  for (const part of query.split('&').filter((one) => one !== '')) {
    const [name = '', value] = splitOnce(part, '=');
    const option = OPTIONS.find((known) => known === name.toLowerCase().replace(/[-_]/g, ''));
    if (option === undefined) return refuse(`there is no option ${JSON.stringify(name)}`);
    if (value === undefined || value === '') return refuse(`option ${name} has no value`);
    if (options.has(option)) return refuse(`option ${name} stands twice`);
    options.set(option, decoded(name, value));
  }
  return options;
};

const decoded = (name: string, value: string): string => {
  try {
    return decodeURIComponent(value.trim());
  } catch {
    return refuse(`option ${name} is badly percent-encoded`);
  }
};

const flag = (options: Options, name: Option, otherwise: boolean): boolean => {
  const value = options.get(name);
  if (value === undefined) return otherwise;
  if (value !== 'true' && value !== 'false') return refuse(`${name}=${value}: true or false is needed`);
  return value === 'true';
};

const whole = (options: Options, name: Option, otherwise: number, min: number, max: number): number => {
  const value = options.get(name);
  if (value === undefined) return otherwise;
  const number = /^-?[0-9]{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  return refuse(`${name}=${value}: a whole number from ${min} to ${max} is needed`);
};

const preferenceOf = (options: Options): NodePreference => {
  const value = (options.get('nodepreference') ?? 'leader').toLowerCase().replace(/[-_]/g, '');
  if (value === 'leader' || value === 'follower' || value === 'random' || value === 'readonlyreplica') return value;
  return refuse(`nodePreference=${value}: leader, follower, random or readOnlyReplica is needed`);
};

const HOUR_MS = 3_600_000;

const settingsOf = (
  seeds: readonly Address[],
  gossip: boolean,
  credentials: ConnectionSettings['credentials'],
  options: Options,
): ConnectionSettings => {
  const keepAlive = gossip ? CLUSTER_KEEP_ALIVE : SINGLE_KEEP_ALIVE;
  const tls = flag(options, 'tls', true);
  const certificateFile = options.get('usercertfile');
  const keyFile = options.get('userkeyfile');
  if ((certificateFile === undefined) !== (keyFile === undefined)) refuse('userCertFile and userKeyFile come together');
  flag(options, 'throwonappendfailure', true);
  return {
    seeds,
    gossip,
    tls,
    verifyCertificate: flag(options, 'tlsverifycert', true),
    caFile: options.get('tlscafile'),
    certificateFile,
    keyFile,
    credentials,
    nodePreference: preferenceOf(options),
    discoverAttemptsMax: whole(options, 'maxdiscoverattempts', 10, 1, 1000),
    discoveryIntervalMs: whole(options, 'discoveryinterval', 100, 1, HOUR_MS),
    gossipTimeoutMs: gossipTimeoutSeconds(options) * 1000,
    keepAliveIntervalMs: keepAliveOf(options, 'keepaliveinterval', keepAlive.intervalMs),
    keepAliveTimeoutMs: keepAliveOf(options, 'keepalivetimeout', keepAlive.timeoutMs),
    defaultDeadlineMs: options.has('defaultdeadline') ? whole(options, 'defaultdeadline', 0, 1, HOUR_MS) : undefined,
    connectionName: options.get('connectionname'),
  };
};

/** In whole seconds, as the official client takes it; half a second there makes every discovery fail. */
const gossipTimeoutSeconds = (options: Options): number =>
  whole(options, 'gossiptimeout', 1, 1, GOSSIP_TIMEOUT_SECONDS_MAX);

const keepAliveOf = (options: Options, name: Option, otherwise: number): number => {
  const ms = whole(options, name, otherwise, -1, HOUR_MS);
  return ms === 0 ? refuse(`${name}=0: -1 turns keepalive off`) : ms;
};
