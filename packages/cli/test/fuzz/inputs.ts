import fc from 'fast-check';
import type { Command } from 'commander';
import { fileFault, oddJson, oddText, rarely } from './hostile.js';
import { history } from './history.js';
import { FOLDER, NOBODY, type Input } from './input.js';
import { connectionString, valueOf } from './values.js';

const faults = fc.array(fileFault, { minLength: 1, maxLength: 3 });
const json = fc.constantFrom([], ['--json']);
const onFolder = ['--data-dir', FOLDER];

const histories: fc.Arbitrary<Input> = fc
  .record({
    text: history,
    how: fc.constantFrom(
      ['--as-recorded'],
      ['--as-recorded'],
      ['--under-rules'],
      ['--under-rules', '--closings', `${FOLDER}/out.tsv`],
    ),
    gzip: rarely(fc.constant(true), 4, false),
    faults: rarely(faults, 3, []),
    json,
  })
  .map(({ text, how, gzip, faults, json }) => ({
    kind: 'history',
    args: ['import', `${FOLDER}/history.ndjson`, ...how, '--data-dir', `${FOLDER}/new`, ...json],
    env: {},
    file: { name: 'history.ndjson', text, gzip, faults },
  }));

const SESSION = '01HQ0000000000000000000001';
const reading = [
  ...[
    ['show', SESSION],
    ['tail', '--no-follow'],
    ['queue'],
    ['projections'],
    ['doctor'],
    ['config', 'get', 'm1'],
    ['config', 'history', 'm1'],
  ],
  ...[
    ['open', '--merchant', 'm1'],
    ['append', SESSION, 'message-from-buyer'],
    ['config', 'set', 'm1', '50'],
    ['rebuild'],
    ['rebuild', '--verify'],
  ],
  ...[['activity'], ['poison', 'list'], ['copy', '--from', FOLDER, '--to', `${FOLDER}/copy`]],
];
const damage: fc.Arbitrary<Input> = fc
  .record({
    verb: fc.constantFrom(...reading),
    name: fc.constantFrom('events.db', 'events.db', 'views.db', 'events.db-wal', 'views.db-wal'),
    faults,
    json,
  })
  .map(({ verb, name, faults, json }) => ({
    kind: 'damage',
    args: [...verb, ...(verb[0] === 'copy' ? [] : onFolder), ...json],
    env: {},
    file: { name, faults },
  }));

/** Verbs that run until they are told to stop are told so beforehand; this one waits for standard input. */
const leftOut = ['gateway-user', 'help'];

interface Verb {
  readonly names: readonly string[];
  readonly command: Command;
}
const verbsOf = (command: Command, names: readonly string[] = []): Verb[] =>
  command.commands.flatMap((one) => {
    const here = [...names, one.name()];
    if (leftOut.includes(one.name())) return [];
    return one.commands.length > 0 ? verbsOf(one, here) : [{ names: here, command: one }];
  });

const callOf = ({ names, command }: Verb): fc.Arbitrary<Input> => {
  const none: string[] = [];
  const given = command.registeredArguments.map((argument) => {
    const value = fc.oneof(fc.constantFrom(SESSION, 'm1'), valueOf(argument.name())).map((text): string[] => [text]);
    return fc.oneof({ weight: 19, arbitrary: value }, { weight: 1, arbitrary: fc.constant(none) });
  });
  const flags = command.options.map((flag) => {
    const name = flag.long ?? flag.short ?? '';
    const takesValue = flag.required || flag.optional;
    const value: fc.Arbitrary<string[]> = takesValue ? valueOf(name).map((text) => [name, text]) : fc.constant([name]);
    return rarely(value, flag.mandatory ? 2 : 6, none);
  });
  const folder = rarely(
    fc.constant([] as string[]),
    30,
    command.options.some(({ long }) => long === '--data-dir') ? onFolder : [],
  );
  return fc
    .tuple(
      folder,
      rarely(
        oddText.map((text) => [text]),
        20,
        [] as string[],
      ),
      ...given,
      ...flags,
    )
    .map((parts) => ({ kind: 'flags', args: [...names, ...parts.flat()], env: {} }));
};

const variables = [
  ...[
    'LAPSE_DATA_DIR',
    'LAPSE_STORE',
    'LAPSE_EVENTSTOREDB_PORT',
    'LAPSE_EVENTSTOREDB_HOST',
    'LAPSE_EVENTSTOREDB_TLS_CERT',
  ],
  ...[
    'LAPSE_EVENTSTOREDB_TLS_KEY',
    'LAPSE_EVENTSTOREDB_USERS',
    'LAPSE_EVENTSTOREDB_ALLOW_ANYONE',
    'LAPSE_CLOSE_GRACE_MS',
  ],
  ...[
    'LAPSE_CLOCK_SKEW_MS',
    'LAPSE_NEW_MERCHANTS',
    'LAPSE_SWEEP_INTERVAL_MS',
    'LAPSE_STANDBY_DELAY_MS',
    'LAPSE_STREAM_PREFIX',
  ],
  ...['LAPSE_PORT', 'LAPSE_HOST', 'LAPSE_LOG_LEVEL', 'LAPSE_NOBODY', 'LAPSE_', 'lapse_port'],
];
const settings: fc.Arbitrary<Input> = fc
  .record({
    verb: fc.constantFrom(['queue'], ['serve'], ['doctor'], ['tail', '--no-follow'], ['open', '--merchant', 'm1']),
    values: fc.uniqueArray(
      fc.constantFrom(...variables).chain((name) => valueOf(name.toLowerCase()).map((value) => [name, value] as const)),
      { minLength: 1, maxLength: 3, selector: ([name]) => name },
    ),
  })
  .map(({ verb, values }) => {
    const port = verb[0] === 'serve' ? { LAPSE_PORT: '0' } : {};
    return { kind: 'settings', args: verb, env: { LAPSE_DATA_DIR: FOLDER, ...port, ...Object.fromEntries(values) } };
  });

/** Other verbs ask for half a minute before they give up: this one says at once what it finds. */
const connections: fc.Arbitrary<Input> = fc
  .tuple(connectionString, json)
  .map(([text, more]) => ({ kind: 'connection', args: ['doctor', '--store', text, ...more], env: {} }));

const announcements: fc.Arbitrary<Input> = fc
  .record({
    url: fc.oneof(
      fc
        .constantFrom(`http://${NOBODY}`, 'http://', 'file:///etc/passwd', '//', 'http://127.0.0.1:99999', '__proto__')
        .map((url) => JSON.stringify(url)),
      oddJson,
    ),
    pid: fc.oneof(fc.constantFrom('1', '-1', '0', '2147483647', '1e9', '4294967296'), oddJson),
    faults: rarely(faults, 3, []),
    json,
  })
  .map(({ url, pid, faults, json }) => ({
    kind: 'announcement',
    args: ['queue', ...onFolder, ...json],
    env: {},
    // A url whose bytes are changed could lead anywhere: then it is not one that is asked.
    file: { name: 'server.json', text: `{"url":${faults.length > 0 ? '"x"' : url},"pid":${pid}}`, faults },
  }));

const HASH = 'scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const users: fc.Arbitrary<Input> = fc
  .record({
    lines: fc.array(
      fc.tuple(
        fc.oneof(fc.constant('"u1"'), oddJson),
        fc.oneof(fc.constant('"admin"'), oddJson),
        fc.oneof(fc.constant(JSON.stringify(HASH)), oddJson),
      ),
      { maxLength: 3 },
    ),
    isArray: fc.boolean(),
    faults: rarely(faults, 2, []),
  })
  .map(({ lines, isArray, faults }) => {
    const all = lines.map(([name, role, hash]) => `{"name":${name},"role":${role},"passwordHash":${hash}}`);
    const text = isArray ? `[${all.join(',')}]` : all.join('\n');
    const flags = ['--port', '0', '--eventstoredb-port', '0', '--log-level', 'silent'];
    return {
      kind: 'users',
      args: ['serve', ...onFolder, ...flags],
      env: {
        LAPSE_EVENTSTOREDB_USERS: `${FOLDER}/users`,
        // Looked at when the users are right.
        LAPSE_EVENTSTOREDB_TLS_CERT: `${FOLDER}/events.db`,
        LAPSE_EVENTSTOREDB_TLS_KEY: `${FOLDER}/events.db`,
      },
      file: { name: 'users', text, faults },
    };
  });

/** Calls of every verb of the program, also of one that is added later, and files of every format that it reads. */
export const inputsFor = (program: Command): fc.Arbitrary<readonly Input[]> => {
  const flags = fc.oneof(...verbsOf(program).map(callOf));
  const input = fc.oneof(
    { weight: 6, arbitrary: histories },
    { weight: 6, arbitrary: damage },
    { weight: 6, arbitrary: flags },
    { weight: 3, arbitrary: settings },
    { weight: 2, arbitrary: connections },
    { weight: 1, arbitrary: announcements },
    { weight: 1, arbitrary: users },
  );
  return fc.array(input, { minLength: 1, maxLength: 6, size: 'max' });
};
