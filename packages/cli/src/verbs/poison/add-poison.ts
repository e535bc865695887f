import type { Command } from 'commander';
import { examples, onFolder } from '../../flags.js';
import type { Io } from '../../io.js';
import type { FolderFlags } from '../verb.js';
import { poisonListVerb } from './list.js';
import { poisonShowVerb } from './show.js';
import { poisonRetryVerb, poisonSkipVerb, type RetryFlags, type SkipFlags } from './decide.js';

/** `lapse poison`: streams that cannot be folded, and what is done about them. */
export const addPoison = (program: Command, io: Io): void => {
  const poison = program
    .command('poison')
    .description('streams that cannot be read to their end: list, show, retry, skip')
    .addHelpText(
      'after',
      examples(
        'lapse poison list',
        'lapse poison show 01J9…',
        'lapse poison retry 01J9…',
        'lapse poison skip 01J9… --revision 7 --why "sent by a test"',
      ),
    );
  onFolder(poison.command('list'))
    .description('every parked stream with its reason, the longest parked first')
    .addHelpText('after', examples('lapse poison list', 'lapse poison list --json | jq -r .parked[].stream'))
    .action((flags: FolderFlags) => poisonListVerb(io, flags));
  onFolder(poison.command('show'))
    .description('the event that cannot be read, byte by byte, what was decided, and what can be done')
    .argument('<stream>', "the stream's name, or a session's id")
    .addHelpText('after', examples('lapse poison show 01J9…', 'lapse poison show merchant-m1 --json'))
    .action((stream: string, flags: FolderFlags) => poisonShowVerb(io, stream, flags));
  onFolder(poison.command('retry'))
    .description('fold it again: this Lapse is newer, or mended, and can read it')
    .argument('<stream>', "the stream's name, or a session's id")
    .option('--why <text>', 'stays in the log')
    .addHelpText('after', examples('lapse poison retry 01J9…', 'lapse poison retry merchant-m1 --why "version 2.1"'))
    .action((stream: string, flags: RetryFlags) => poisonRetryVerb(io, stream, flags));
  onFolder(poison.command('skip'))
    .description('leave the event out that parks it, for good, in every process')
    .argument('<stream>', "the stream's name, or a session's id")
    .requiredOption('--revision <number>', 'the event at which it is parked, as list and show say')
    .requiredOption('--why <text>', 'stays in the log, 1 to 500 characters')
    .addHelpText('after', examples('lapse poison skip 01J9… --revision 7 --why "sent by a test"'))
    .action((stream: string, flags: SkipFlags) => poisonSkipVerb(io, stream, flags));
};
