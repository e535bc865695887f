import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { happenings, generateDefaults, writeGeneratedLog } from './lib/generated-log.js';
import { installPeers, runPeer, type PeerMeasured } from './lib/peers-run.js';
import { measureRebuild } from './lib/rebuild-measured.js';
import { findPostgresql, startPostgresql } from './lib/temp-postgresql.js';
import type { Bench, BenchContext } from './lib/types.js';

/** All of Lapse's read models but the one that the peers fold, too. */
const OTHERS = ['merchants', 'merchant-versions', 'activity', 'unknown-types'];

const run = async (context: BenchContext): Promise<void> => {
  const { quick, figure, log, tempDir } = context;
  const missing = installPeers(log);
  if (missing !== undefined) {
    log(`skipped: ${missing}`);
    return;
  }
  const wanted = quick ? 2_000 : 50_000;
  const folder = tempDir();
  const { sessions } = await writeGeneratedLog(folder, { events: wanted });
  const lapse = await measureRebuild(folder, OTHERS);
  figure({
    figure: 'lapse',
    value: lapse.fold.perSecond,
    unit: 'events/s',
    note: `sessions alone, of some ${wanted} events`,
  });
  const file = join(tempDir(), 'events.ndjson');
  await writeStreams(file, wanted);
  const compare = (name: string, peer: PeerMeasured): void => {
    if (peer.closed !== sessions) throw new Error(`${name} has closed ${peer.closed} of ${sessions} sessions`);
    const note = `the same sessions; ratio: how many times as many Lapse folds`;
    figure({
      figure: name,
      value: peer.perSecond,
      unit: 'events/s',
      ratio: lapse.fold.perSecond / peer.perSecond,
      note,
    });
  };
  log('emmett-sqlite: appending, then folding');
  compare('emmett-sqlite', await runPeer('emmett-sqlite.mjs', tempDir(), file));
  await withPostgresql(context, async (connection) => {
    log('emmett-postgresql: appending, then folding');
    compare('emmett-postgresql', await runPeer('emmett-postgresql.mjs', connection, file));
  });
};

const withPostgresql = async (
  { log, tempDir }: BenchContext,
  use: (connection: string) => Promise<void>,
): Promise<void> => {
  const bin = findPostgresql();
  if (bin === undefined) {
    log('emmett-postgresql is skipped: there is no PostgreSQL here; on Debian: apt-get install postgresql');
    return;
  }
  const server = await startPostgresql(bin, tempDir());
  try {
    await use(server.connection);
  } finally {
    await server.stop();
  }
};

/** The events of a stream on a line, in the order in which the streams end. */
const writeStreams = async (file: string, events: number): Promise<void> => {
  const out = createWriteStream(file);
  const open = new Map<string, object[]>();
  for (const { script, happening } of happenings({ ...generateDefaults, events })) {
    const { sessionId, merchantId } = script;
    const { type, occurredAtMs, data } = happening.event;
    const own = open.get(sessionId) ?? [];
    open.set(sessionId, own);
    const automated = 'automated' in data && data.automated;
    const reason = 'reason' in data ? data.reason : undefined;
    own.push({ type, data: { sessionId, atMs: occurredAtMs, merchantId, automated, reason } });
    if (type !== 'closed') continue;
    out.write(`${JSON.stringify({ stream: `session-${sessionId}`, events: own })}\n`);
    open.delete(sessionId);
  }
  await new Promise<void>((resolve, reject) => {
    out.on('error', reject);
    out.end(() => resolve());
  });
};

export const bench: Bench = {
  name: 'projection-peers',
  about: "folding the same sessions with emmett's projections on SQLite and PostgreSQL, and with Lapse",
  run,
};
