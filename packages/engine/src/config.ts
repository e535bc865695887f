import { CLOCK_SKEW_MS_DEFAULT, CLOSE_GRACE_MS_DEFAULT } from '@lapse/domain';
import { z } from 'zod';

/**
 * The schema of an engine's configuration. Reading it (environment, flags) is the business of `cli` and `server`. Every
 * value is text or a number; unknown names are refused by whoever collects them.
 */
const wholeNumber = (min: number, max: number) =>
  z
    .union([z.number(), z.string()], 'must be a whole number')
    .transform((value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value))
    .pipe(z.int('must be a whole number'))
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

const yesOrNo = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  'must be true or false',
);

const DAY_MS = 86_400_000;

export const engineConfig = z.strictObject({
  /** The folder of `events.db` and `views.db`. */
  dataDir: z.string().min(1).default('./lapse-data'),
  /** Where the log lies: left out, embedded in `dataDir`; otherwise an EventStoreDB node or cluster, `esdb://…`. */
  store: z
    .string()
    .regex(/^(esdb|kurrentdb)(\+discover)?:\/\//, 'must be a connection string: esdb://host:2113?tls=false')
    .optional(),
  /** Serve the embedded log over EventStoreDB's protocol on this port too; 0 takes a free one. */
  eventstoredbPort: wholeNumber(0, 65_535).optional(),
  eventstoredbHost: z.string().min(1).default('127.0.0.1'),
  /** Files: the certificate (its chain behind it) and its private key, both PEM, and who may do what. Read once, at the start. */
  eventstoredbTlsCert: z.string().min(1).optional(),
  eventstoredbTlsKey: z.string().min(1).optional(),
  eventstoredbUsers: z.string().min(1).optional(),
  /** Without users: also where other machines reach it. */
  eventstoredbAllowAnyone: yesOrNo.default(false),
  /** D7 */
  closeGraceMs: wholeNumber(0, DAY_MS).default(CLOSE_GRACE_MS_DEFAULT),
  /** D8 */
  clockSkewMs: wholeNumber(0, DAY_MS).default(CLOCK_SKEW_MS_DEFAULT),
  /** D16 */
  newMerchants: z.enum(['standard', 'legacy']).default('standard'),
  /** How often the sweep looks at most; a deadline that is nearer wakes it earlier. */
  sweepIntervalMs: wholeNumber(10, DAY_MS).default(1_000),
  /** How much longer than the others this engine waits before it closes: for a second one that stands by. */
  standbyDelayMs: wholeNumber(0, DAY_MS).default(0),
  streamPrefix: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{0,64}$/, 'may hold A-Z a-z 0-9 . _ ~ -')
    .default(''),
});
export type EngineConfig = z.infer<typeof engineConfig>;
