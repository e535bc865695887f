import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { QUICK, withCluster, type Cluster } from './support/cluster.js';
import { event, idsOf, until } from './support/events.js';
import { Follower } from './support/follower.js';
import { IS_LONG, tell } from './support/long.js';

const KILLS = IS_LONG ? 30 : 12;
const EVERY_MS = IS_LONG ? 10_000 : 200;
/** Without a leader for so long; the dead one comes back as long after that. */
const ELECTION_MS = EVERY_MS / 4;
const WRITERS = 8;

/** Writes to streams of their own until they are stopped, each append at the revision that follows. */
class Writers {
  readonly acknowledged: string[][] = [];
  count = 0;
  longestGapMs = 0;
  private running = true;
  private lastMs = performance.now();
  private readonly done: Promise<unknown>;

  constructor({ store }: Cluster) {
    const write = async (_: unknown, w: number): Promise<void> => {
      const mine: string[] = [];
      this.acknowledged.push(mine);
      for (let i = 0; this.running; i += 1) {
        const one = event();
        const result = await store.append(`s-${w}`, [one], i - 1);
        if (result.kind !== 'appended' || result.lastRevision !== i) throw new Error(JSON.stringify(result));
        mine.push(one.id);
        this.acknowledgedNow();
        if (IS_LONG) await wait(20);
      }
    };
    this.done = Promise.all(Array.from({ length: WRITERS }, write));
    this.done.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private acknowledgedNow(): void {
    this.count += 1;
    const nowMs = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.lastMs);
    this.lastMs = nowMs;
  }
}

/** Not before appends go on after the last time. */
const killTheLeader = async (cluster: Cluster, writers: Writers): Promise<void> => {
  const before = writers.count;
  await until('appends go on', () => writers.count >= before + WRITERS);
  await wait(EVERY_MS - 2 * ELECTION_MS);
  const dead = cluster.nodes[cluster.leader]!;
  dead.stopServer();
  await wait(ELECTION_MS);
  cluster.lead((cluster.leader + 1) % 3);
  await wait(ELECTION_MS);
  await dead.startServer();
};

describe('a cluster', () => {
  it(
    `whose leader is killed ${KILLS} times, every ${EVERY_MS} ms, keeps every acknowledged append once and in order, and so does a subscription`,
    () =>
      withCluster(
        async (cluster) => {
          const { store, log } = cluster;
          const follower = new Follower(store, { backoff: { firstMs: 1, maxMs: 50 } });
          const writers = new Writers(cluster);
          for (let kills = 0; kills < KILLS; kills += 1) await killTheLeader(cluster, writers);
          await writers.stop();
          for (const [w, mine] of writers.acknowledged.entries()) expect(idsOf(log.stream(`s-${w}`))).toEqual(mine);
          expect(log.records.length).toBeGreaterThanOrEqual(KILLS * WRITERS);
          await until('the subscription has brought all', () => follower.ids.length >= log.records.length);
          await follower.stop();
          expect(follower.ids).toEqual(idsOf(log.records));
          tell({ kills: KILLS, acknowledged: log.records.length, longestGapMs: Math.round(writers.longestGapMs) });
        },
        IS_LONG ? { deadlines: {} } : { deadlines: QUICK },
      ),
    IS_LONG ? 900_000 : 60_000,
  );
});
