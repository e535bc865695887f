import type { Command } from 'commander';

/** Flags that many verbs take, in the same words. */
export const DATA_DIR = [
  '--data-dir <folder>',
  'where events.db lies (default ./lapse-data, or LAPSE_DATA_DIR)',
] as const;
export const JSON_FLAG = ['--json', 'one line of JSON instead of text'] as const;
export const STORE = [
  '--store <connection>',
  'the log is on EventStoreDB: esdb://host:2113?tls=false (or LAPSE_STORE)',
] as const;

/** A verb that asks the Lapse of a data folder. */
export const onFolder = (command: Command): Command =>
  command
    .option(...DATA_DIR)
    .option(...STORE)
    .option(...JSON_FLAG);

/** For the end of a verb's help. */
export const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
