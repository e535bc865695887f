import { Command } from 'commander';
import { DATA_DIR, examples, JSON_FLAG, onFolder, STORE } from './flags.js';
import type { Io } from './io.js';
import { activityVerb, type ActivityFlags } from './verbs/activity.js';
import {
  configGetVerb,
  configHistoryVerb,
  configRevertVerb,
  configRolloutVerb,
  configSetVerb,
} from './verbs/config.js';
import { copyVerb, type CopyFlags } from './verbs/copy.js';
import { demoVerb, type DemoFlags } from './verbs/demo.js';
import { doctorVerb } from './verbs/doctor.js';
import { gatewayUserVerb, type GatewayUserFlags } from './verbs/gateway-user.js';
import { importVerb, type ImportFlags } from './verbs/import.js';
import { addPoison } from './verbs/poison/add-poison.js';
import { projectionsVerb } from './verbs/projections.js';
import { queueVerb, type QueueFlags } from './verbs/queue.js';
import type { RebuildFlags } from './verbs/rebuild/place.js';
import { rebuildVerb } from './verbs/rebuild.js';
import { serveVerb, type ServeFlags } from './verbs/serve.js';
import { appendVerb, openVerb, showVerb, type AppendFlags, type OpenFlags } from './verbs/sessions.js';
import { tailVerb, type TailFlags } from './verbs/tail.js';
import type { FolderFlags } from './verbs/verb.js';

const VERSION = '0.1.0';

/** Every verb with its flags and examples. Running one is a promise that `parseAsync` waits for. */
export const createProgram = (io: Io): Command => {
  const program = new Command('lapse')
    .description('The life of customer-service sessions, decided from recorded events')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(lapse --help lists the verbs, lapse VERB --help the flags of one)');
  addServe(program, io);
  addSessionVerbs(program, io);
  addReadingVerbs(program, io);
  addConfig(program, io);
  addPoison(program, io);
  addImport(program, io);
  addMoving(program, io);
  return program;
};

const addServe = (program: Command, io: Io): void => {
  program
    .command('serve')
    .description('run the engine and its HTTP side until Ctrl-C')
    .option(...DATA_DIR)
    .option('--host <address>', 'address to listen on (default 127.0.0.1: this machine alone)')
    .option('--port <number>', 'port to listen on (default 7700; 0 takes a free one)')
    .option(...STORE)
    .option('--eventstoredb-port <number>', 'serve the embedded log to EventStoreDB clients on this port too')
    .option('--eventstoredb-host <address>', 'address for that (default 127.0.0.1)')
    .option('--eventstoredb-tls-cert <file>', 'its certificate, PEM, the chain behind it')
    .option('--eventstoredb-tls-key <file>', "the certificate's private key, PEM")
    .option('--eventstoredb-users <file>', 'who may do what there: lines of lapse gateway-user')
    .option('--eventstoredb-allow-anyone', 'without users, also where other machines reach it')
    .option('--new-merchants <policy>', 'standard or legacy: what a merchant gets that nobody configured')
    .option('--close-grace-ms <ms>', 'how long after a deadline an event in time may still arrive (default 5000)')
    .option('--clock-skew-ms <ms>', "how far ahead a sender's clock may be (default 5000)")
    .option('--sweep-interval-ms <ms>', 'how often the sweep looks at most (default 1000)')
    .option('--standby-delay-ms <ms>', 'how much longer than others this engine waits (default 0)')
    .option('--stream-prefix <text>', 'put before every stream name')
    .option('--log-level <level>', 'silent, error, warn, info or debug (default info)')
    .addHelpText(
      'after',
      examples('lapse serve --data-dir /var/lib/lapse --port 7700', 'LAPSE_NEW_MERCHANTS=legacy lapse serve'),
    )
    .action((flags: ServeFlags) => serveVerb(io, flags));
  program
    .command('gateway-user')
    .description('a line for the file of --eventstoredb-users; the password is read from stdin')
    .argument('<name>')
    .requiredOption('--role <role>', 'platform, chat-service or analyst')
    .addHelpText('after', examples('lapse gateway-user chat1 --role chat-service < password.txt >> users.ndjson'))
    .action((name: string, flags: GatewayUserFlags) => gatewayUserVerb(io, name, flags));
};

const addSessionVerbs = (program: Command, io: Io): void => {
  onFolder(program.command('open'))
    .description('open a session')
    .requiredOption('--merchant <id>', 'the merchant')
    .option('--by <who>', 'buyer, agent or system', 'buyer')
    .option('--buyer <id>', "the buyer's pseudonym")
    .option('--agent <id>', "the agent's pseudonym")
    .option('--external-id <id>', "the platform's own conversation id")
    .option('--session-id <ulid>', 'a ULID of your own; opening it twice is opening it once')
    .option('--at <instant>', 'when it happened, for example 2026-03-01T10:00:00Z (default: now)')
    .addHelpText(
      'after',
      examples('lapse open --merchant m1 --buyer b1', 'lapse open --merchant m1 --by agent --agent a17 --json'),
    )
    .action((flags: OpenFlags) => openVerb(io, flags));
  onFolder(program.command('append'))
    .description('append an event to a session')
    .argument('<session>', "the session's id")
    .argument('<type>', 'message-from-buyer, message-from-agent, queued or closed')
    .option('--id <id>', 'a ULID or UUID of your own; sending it twice is sending it once')
    .option('--at <instant>', 'when it happened (default: now)')
    .option('--sender <id>', 'who wrote')
    .option('--message-id <id>', "the platform's id of the message")
    .option('--length <characters>', 'how long the message is; its text is never stored')
    .option('--automated', 'an automated reply: it moves no clock')
    .option('--queue <name>', 'which queue, for queued')
    .option('--reason <reason>', 'by-agent, by-buyer or by-system, for closed (default by-system)')
    .option('--expected-revision <number>', 'refuse unless the session is at this revision')
    .option('--open-new', 'if the session is closed, go to its successor and open one if there is none')
    .addHelpText(
      'after',
      examples(
        'lapse append 01J9… message-from-agent --sender a17',
        'lapse append 01J9… message-from-buyer --open-new',
        'lapse append 01J9… closed --reason by-agent',
      ),
    )
    .action((session: string, type: string, flags: AppendFlags) => appendVerb(io, session, type, flags));
  onFolder(program.command('show'))
    .description('show a session: every event, the running clock, and why it closed')
    .argument('<session>', "the session's id")
    .addHelpText('after', examples('lapse show 01J9…', 'lapse show 01J9… --json | jq .close'))
    .action((session: string, flags: FolderFlags) => showVerb(io, session, flags));
};

const addReadingVerbs = (program: Command, io: Io): void => {
  onFolder(program.command('tail'))
    .description('follow the log live, also beside a running server')
    .option('--session <id>', 'of one session only')
    .option('--merchant <id>', "of one merchant's config only")
    .option('--from-start', 'what stands there already, too')
    .option('--no-follow', 'print what stands there and end')
    .addHelpText(
      'after',
      examples('lapse tail', 'lapse tail --session 01J9… --from-start', 'lapse tail --no-follow --json > log.ndjson'),
    )
    .action((flags: TailFlags) => tailVerb(io, flags));
  onFolder(program.command('queue'))
    .description('who waits in the queue, longest first')
    .option('--merchant <id>', 'of one merchant only')
    .addHelpText('after', examples('lapse queue', 'lapse queue --merchant m1 --json'))
    .action((flags: QueueFlags) => queueVerb(io, flags));
  onFolder(program.command('activity'))
    .description('what happened hour by hour: sessions, messages, how long people waited')
    .option('--merchant <id>', 'of one merchant only')
    .option('--from <instant>', 'from the hour of this instant on (default: the newest 24 hours with anything in them)')
    .option('--to <instant>', 'hours that begin before it')
    .addHelpText('after', examples('lapse activity', 'lapse activity --merchant m1 --from 2026-03-01T00:00:00Z --json'))
    .action((flags: ActivityFlags) => activityVerb(io, flags));
  onFolder(program.command('projections'))
    .description('how far every read model is, and what is wrong with it')
    .addHelpText('after', examples('lapse projections', 'lapse projections --json'))
    .action((flags: FolderFlags) => projectionsVerb(io, flags));
  onFolder(program.command('rebuild'))
    .description('build read models anew from the log, beside the ones that are served, and swap')
    .argument('[names...]', 'sessions, merchants, activity, …; see lapse projections')
    .option('--all', 'every read model')
    .option('--from-zero', 'do not go on where an earlier rebuild was stopped')
    .option('--park', 'go on without streams that cannot be folded')
    .option('--verify', 'build beside, compare with the live rows and change nothing; ends with 1 if any differs')
    .option('--dry-run', 'say what would be done and how long it would take')
    .option('--until <place>', 'every read model as it was at a position or an instant, into a file of its own')
    .option('--out <file>', 'that file')
    .option('--stream <session>', 'fold one session again')
    .option('--drop-old', 'drop the rows that the last swap replaced')
    .option('--stream-prefix <text>', 'what stands before every stream name')
    .addHelpText(
      'after',
      examples(
        'lapse rebuild --all',
        'lapse rebuild merchants activity --park',
        'lapse rebuild --verify',
        'lapse rebuild --until 2026-03-01T10:00:00Z --out march.db',
        'lapse rebuild --stream 01J9…',
      ),
    )
    .action((names: string[], flags: RebuildFlags) => rebuildVerb(io, names, flags));
  program
    .command('demo')
    .description(
      'watch real conversations lapse on an accelerated clock, and a change of limit that reaches no open session',
    )
    .option('--speed <factor>', 'how much faster than life (default 1200; 0: without any waiting)')
    .option('--conversations <number>', 'how many real conversations to play (default 12)')
    .option(...JSON_FLAG)
    .addHelpText('after', examples('lapse demo', 'lapse demo --speed 0'))
    .action((flags: DemoFlags) => demoVerb(io, flags));
};

const addConfig = (program: Command, io: Io): void => {
  const config = program
    .command('config')
    .description("a merchant's limits: get, set, rollout, revert, history")
    .addHelpText('after', examples('lapse config get m1', 'lapse config set m1 50', 'lapse config history m1'));
  onFolder(config.command('get'))
    .description('what a session that opened now would get')
    .argument('<merchant>')
    .addHelpText('after', examples('lapse config get m1', 'lapse config get m1 --json | jq .current.buyerReplyMinutes'))
    .action((merchant: string, flags: FolderFlags) => configGetVerb(io, merchant, flags));
  onFolder(config.command('set'))
    .description('how long a silent buyer keeps a session open, for sessions opened from now on')
    .argument('<merchant>')
    .argument('<minutes>', 'a whole number from 5 to 360')
    .addHelpText('after', examples('lapse config set m1 50'))
    .action((merchant: string, minutes: string, flags: FolderFlags) => configSetVerb(io, merchant, minutes, flags));
  onFolder(config.command('rollout'))
    .description('switch a merchant over to these rules')
    .argument('<merchant>')
    .option('--buyer-reply-minutes <minutes>', 'the first limit (default 20)')
    .addHelpText('after', examples('lapse config rollout m1', 'lapse config rollout m1 --buyer-reply-minutes 50'))
    .action((merchant: string, flags: FolderFlags & { buyerReplyMinutes?: string }) =>
      configRolloutVerb(io, merchant, flags),
    );
  onFolder(config.command('revert'))
    .description('go back to the values of an earlier version, as a new version')
    .argument('<merchant>')
    .argument('<version>')
    .addHelpText('after', examples('lapse config revert m1 1'))
    .action((merchant: string, version: string, flags: FolderFlags) => configRevertVerb(io, merchant, version, flags));
  onFolder(config.command('history'))
    .description('every version, by whom and why')
    .argument('<merchant>')
    .addHelpText('after', examples('lapse config history m1'))
    .action((merchant: string, flags: FolderFlags) => configHistoryVerb(io, merchant, flags));
};

const addImport = (program: Command, io: Io): void => {
  onFolder(program.command('import'))
    .description('bring a history in: NDJSON, one event a line, gzip or not')
    .argument('<file>')
    .option('--format <name>', 'ndjson (the default)')
    .option('--source <name>', "the source's name, part of every id (default: the file's name)")
    .option('--as-recorded', 'as it was, pinned to no rules: nothing lapses, and what-if can be asked')
    .option('--under-rules', 'play it on one clock, as if Lapse had been there')
    .option('--buyer-reply-minutes <minutes>', 'the limit of every merchant, with --under-rules (default 20)')
    .option('--closings <file>', 'with --under-rules: one line a session, tab-separated')
    .addHelpText(
      'after',
      examples(
        'lapse import history.ndjson.gz --as-recorded --data-dir ./history',
        'lapse import history.ndjson.gz --under-rules --buyer-reply-minutes 20 --closings out.tsv --data-dir ./played',
      ),
    )
    .action((file: string, flags: ImportFlags) => importVerb(io, file, flags));
};

const addMoving = (program: Command, io: Io): void => {
  program
    .command('copy')
    .description(
      'move a log: from a data folder to EventStoreDB or back, each event as it is; running it again goes on',
    )
    .requiredOption('--from <place>', 'a data folder (also of a running server) or a connection string')
    .requiredOption('--to <place>', 'the same; it may hold no other sessions than those of the source')
    .option('--verify', 'compare both logs alone and write nothing')
    .option('--stream-prefix <text>', 'what stands before every stream name, in both')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      examples(
        "lapse copy --from ./lapse-data --to 'esdb://node1,node2,node3'",
        "lapse copy --from 'esdb://127.0.0.1:2113?tls=false' --to ./back",
        "lapse copy --verify --from ./lapse-data --to 'esdb://node1,node2,node3'",
      ),
    )
    .action((flags: CopyFlags) => copyVerb(io, flags));
  onFolder(program.command('doctor'))
    .description('what is right and what is wrong with a connection or a data folder; ends with 1 if anything is wrong')
    .addHelpText(
      'after',
      examples('lapse doctor --data-dir ./lapse-data', "lapse doctor --store 'esdb://node1,node2,node3'"),
    )
    .action((flags: FolderFlags) => doctorVerb(io, flags));
};
