import fc from 'fast-check';
import { oddText, rarely } from './hostile.js';
import { FOLDER, NOBODY } from './input.js';

/** Where a flag or a variable takes a place: only places in the folder, however odd, so that nothing is written elsewhere. */
const places = fc.oneof(
  fc.constantFrom(
    FOLDER,
    `${FOLDER}/none`,
    `${FOLDER}/events.db`,
    `${FOLDER}/a/b/c`,
    `${FOLDER}/\0`,
    `${FOLDER}/${'x'.repeat(300)}`,
  ),
  oddText.map((text) => `${FOLDER}/${text.slice(0, 40)}`),
);
const hosts = fc.constantFrom(
  '127.0.0.1',
  '',
  ' ',
  'no host',
  '256.1.1.1',
  '0x7f.1',
  '::1',
  '[::1]',
  '127.0.0.1:80',
  'a/b',
);
const ports = fc.constantFrom('0', '', '-1', '65536', '1e1', '0x50', 'x', '1.5', '99999999999');
const option = fc.constantFrom(
  ...[
    'tls=false',
    'tls=maybe',
    'tls=',
    'tls',
    '=',
    'nodePreference=x',
    'maxDiscoverAttempts=1',
    'gossipTimeout=0',
    'tls=false&tls=false',
  ],
  ...[
    'keepAliveInterval=-2',
    'defaultDeadline=1',
    'tlsCAFile=',
    `tlsCAFile=${FOLDER}/none`,
    `userCertFile=${FOLDER}/events.db`,
    '%zz=1',
    '__proto__=1',
  ],
);
export const connectionString: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('esdb://', 'esdb+discover://', 'kurrentdb://', 'ESDB://', 'esdb:', 'http://', 'esdb://esdb://'),
    rarely(fc.constantFrom('admin:changeit@', 'a@', ':@', 'a:b:c@', '%zz:x@', 'a:changeit@b:c@', '@'), 3, ''),
    fc.constantFrom(
      NOBODY,
      NOBODY,
      NOBODY,
      '',
      ':',
      '127.0.0.1:0',
      '127.0.0.1:65536',
      '127.0.0.1:x',
      '[::1]:1',
      'a b',
      ',',
      `${NOBODY},${NOBODY}`,
      `${NOBODY}/`,
    ),
    fc.array(option, { maxLength: 3 }),
    rarely(
      oddText.map((text) => text.slice(0, 100)),
      6,
      '',
    ),
  )
  .map(
    ([scheme, user, host, options, more]) =>
      `${scheme}${user}${host}?${['tls=false', 'maxDiscoverAttempts=1', ...options, more].filter((one) => one !== '').join('&')}`,
  );

/** What a flag takes, by what it is called; of a flag that nobody thought of, any text that leads nowhere. */
export const valueOf = (name: string): fc.Arbitrary<string> => {
  if (/store/.test(name))
    return fc.oneof(
      connectionString.map((text) => `${text}&nothing`),
      oddText,
    );
  if (/port/.test(name)) return ports;
  if (/host/.test(name)) return hosts;
  if (/dir|from$|to$|file|closings|cert|key|users|folder|out|past/.test(name)) return places;
  return oddText;
};
