export { answerTo, isDue } from './answer-to.js';
export type { Answered } from './append.js';
export type {
  Accepted,
  Answer,
  AppendCommand,
  Code,
  Command,
  ConfigCommand,
  ForeignWrite,
  OpenCommand,
  Placed,
  ReadCommand,
  Refused,
  SentEvent,
  SweepCommand,
  ToldClose,
  View,
} from './commands.js';
export type { Derive } from './derive.js';
export { symbolic } from './derive.js';
export type { Close, Fate, Tally } from './fate-of.js';
export { fateOf } from './fate-of.js';
export type { InvariantOptions } from './invariants.js';
export { invariants } from './invariants.js';
export type { Parked } from './park.js';
export type { CommandOptions, Script } from './random-commands.js';
export { randomCommands } from './random-commands.js';
export { randomLog } from './random-log.js';
export type { Random } from './random.js';
export { mulberry32, randomStream, randomUuid } from './random.js';
export type { Anchor, Clock, EventRecord, Proof, Rule, SessionLog } from './records.js';
export type { Column, Limits } from './table.js';
export { cellOf } from './table.js';
export type { Pin, Verdict } from './verdicts.js';
export { verdictsOn } from './verdicts.js';
export type { Violation } from './violation.js';
export type { NewEvent, Settings, World, WorldEvent } from './world.js';
export { DEFAULT_SETTINGS, emptyWorld, fateIn, withMerchantEvent, withSessionEvents } from './world.js';
