import { afterAll, describe, expect, it } from '@jest/globals';
import type { LapseEvent } from '@lapse/domain';
import { ALL_MERCHANTS, Histogram, type ActivityRow, type ListActivity } from '../src/index.js';
import { RandomLog, seeded } from './lib/random-log.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const { T0 } = w;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const firstSeed = Number(process.env['LAPSE_SEED'] ?? 20);
const stream = (number: number): string => w.names.session(w.sessionId(number));
const hourText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 13);

const rowAt = (world: w.World, merchantId: string, atMs: number): ActivityRow | undefined =>
  world.projections.row('activity', `${merchantId}/${hourText(atMs)}`) as ActivityRow | undefined;

const counted = (row: ActivityRow | undefined): number[] => [
  row?.opened ?? 0,
  row?.buyerMessages ?? 0,
  row?.agentMessages ?? 0,
  row?.automatedMessages ?? 0,
];

/** A world whose log holds these sessions, folded. */
const folded = async (...sessions: readonly (readonly (LapseEvent | ReturnType<typeof w.encoded>)[])[]) => {
  const world = await w.openWorld();
  for (const [i, events] of sessions.entries()) {
    for (const event of events) await w.append(world.store, stream(i + 1), event);
  }
  await w.caughtUp(world);
  return world;
};

const lapsed = (deadlineAtMs: number, anchorAtMs: number): LapseEvent => ({
  type: 'closed',
  occurredAtMs: deadlineAtMs,
  data: {
    reason: 'buyer-silent',
    proof: {
      rule: 'buyer-silent',
      limitMinutes: 20,
      configVersion: 1,
      anchor: { revision: 2, type: 'message-from-agent', occurredAt: new Date(anchorAtMs).toISOString() },
      deadline: new Date(deadlineAtMs).toISOString(),
    },
  },
});

describe('activity', () => {
  it('counts messages in the hour in which they happened, for their merchant and over all', async () => {
    const world = await folded(
      [w.opened(T0, 'm1'), w.pin(T0), w.buyer(T0 + HOUR_MS - 1), w.agent(T0 + HOUR_MS), w.agent(T0 + HOUR_MS, true)],
      [w.opened(T0, 'm2'), w.pin(T0, 20, 'm2'), w.buyer(T0 + 1)],
    );
    expect(counted(rowAt(world, 'm1', T0))).toEqual([1, 1, 0, 0]);
    expect(counted(rowAt(world, 'm1', T0 + HOUR_MS))).toEqual([0, 0, 1, 1]);
    expect(counted(rowAt(world, 'm2', T0))).toEqual([1, 1, 0, 0]);
    expect(counted(rowAt(world, ALL_MERCHANTS, T0))).toEqual([2, 2, 0, 0]);
    await w.closeWorld(world);
  });

  it('measures a first reply from the opening, in the hour of the reply, and no second one', async () => {
    const replyAtMs = T0 + 65 * MINUTE_MS;
    const world = await folded([
      w.opened(T0),
      w.pin(T0),
      w.agent(T0 + 1, true),
      w.agent(replyAtMs),
      w.agent(replyAtMs + 5),
    ]);
    expect(rowAt(world, 'm1', T0)?.firstReplyMs).toEqual([]);
    const replies = Histogram.from(rowAt(world, 'm1', replyAtMs)?.firstReplyMs ?? []);
    expect(replies.count).toBe(1);
    expect(replies.quantile(0.5)).toBeCloseTo(65 * MINUTE_MS, -5);
    await w.closeWorld(world);
  });

  it('measures a wait until an agent writes or the session closes, whichever ends it', async () => {
    const world = await folded(
      [w.opened(T0), w.pin(T0), w.queued(T0), w.buyer(T0 + 1), w.agent(T0 + 10 * MINUTE_MS)],
      [w.opened(T0), w.pin(T0), w.queued(T0), w.closedBy(T0 + 20 * MINUTE_MS)],
      [w.opened(T0), w.pin(T0), w.closedBy(T0 + 1)],
    );
    const waits = Histogram.from(rowAt(world, 'm1', T0)?.waitMs ?? []);
    expect(waits.count).toBe(2);
    expect((waits.quantile(0) as number) / MINUTE_MS).toBeCloseTo(10, 0);
    expect((waits.quantile(1) as number) / MINUTE_MS).toBeCloseTo(20, 0);
    await w.closeWorld(world);
  });

  it('counts closes by reason, and tells how long after its deadline an engine noticed, by the log alone', async () => {
    const deadlineAtMs = T0 + 20 * MINUTE_MS;
    const close = w.encoded(lapsed(deadlineAtMs, T0));
    const metadata = Buffer.from(
      JSON.stringify({ schemaVersion: 1, noticedAt: new Date(deadlineAtMs + 5_020).toISOString() }),
    );
    const world = await folded(
      [w.opened(T0), w.pin(T0), w.agent(T0), { ...close, metadata }],
      [w.opened(T0), w.pin(T0), w.agent(T0), w.encoded(lapsed(deadlineAtMs, T0))],
      [w.opened(T0), w.pin(T0), w.closedBy(T0)],
    );
    const row = rowAt(world, 'm1', T0);
    expect(row?.closedByReason).toEqual({ 'buyer-silent': 2, 'by-agent': 1 });
    const noticed = Histogram.from(row?.noticedAfterMs ?? []);
    expect(noticed.count).toBe(1);
    expect((noticed.quantile(0.5) as number) / 5_020).toBeCloseTo(1, 1);
    await w.closeWorld(world);
  });

  it('counts nothing that did not count for its session: late, repeated, behind the close, behind a parking', async () => {
    const again = w.encoded(w.buyer(T0 + 1));
    const broken = { ...w.encoded(w.buyer(T0 + 2)), data: Buffer.from('{') };
    const world = await folded(
      [w.opened(T0), w.pin(T0), again, again],
      [w.opened(T0), w.pin(T0), w.agent(T0), w.buyer(T0 + 21 * MINUTE_MS), w.closedBy(T0 + 22 * MINUTE_MS)],
      [w.opened(T0), w.pin(T0), w.closedBy(T0), w.buyer(T0 + 1), w.closedBy(T0 + 2)],
      [w.opened(T0), w.pin(T0), broken, w.buyer(T0 + 3)],
    );
    const row = rowAt(world, 'm1', T0);
    expect(counted(row)).toEqual([4, 1, 1, 0]);
    expect(row?.closedByReason).toEqual({ 'by-agent': 1 });
    await w.closeWorld(world);
  });

  it('counts what comes before the limits of its session as it comes, once', async () => {
    const world = await folded([
      w.opened(T0),
      w.queued(T0),
      w.buyer(T0 + 1),
      w.agent(T0 + 10 * MINUTE_MS),
      w.pin(T0),
      w.buyer(T0 + 11 * MINUTE_MS),
      w.agent(T0 + 12 * MINUTE_MS),
    ]);
    const row = rowAt(world, 'm1', T0);
    expect(counted(row)).toEqual([1, 2, 2, 0]);
    expect(Histogram.from(row?.firstReplyMs ?? []).count).toBe(1);
    expect(Histogram.from(row?.waitMs ?? []).count).toBe(1);
    await w.closeWorld(world);
  });
});

describe('a list of activity', () => {
  const listed = (world: w.World, query: Partial<ListActivity>): string[] =>
    world.projections.merchants.activity({ limit: 10, ...query }).hours.map(({ startsAtMs }) => hourText(startsAtMs));

  it('is newest first, of one merchant or of all, and knows where hours begin and end', async () => {
    const session = (at: number, merchantId: string) => [w.opened(at, merchantId), w.pin(at, 20, merchantId)];
    const world = await folded(
      session(T0, 'm1'),
      session(T0 + 2 * HOUR_MS, 'm1'),
      session(T0 + HOUR_MS, 'm2'),
      session(T0 + 9 * HOUR_MS, 'm10'),
    );
    expect(listed(world, {})).toEqual(['2026-03-01T19', '2026-03-01T12', '2026-03-01T11', '2026-03-01T10']);
    expect(listed(world, { merchantId: 'm1' })).toEqual(['2026-03-01T12', '2026-03-01T10']);
    expect(listed(world, { merchantId: 'nobody' })).toEqual([]);
    expect(listed(world, { merchantId: 'm1', fromMs: T0 + 1 })).toEqual(['2026-03-01T12', '2026-03-01T10']);
    expect(listed(world, { fromMs: T0 + HOUR_MS, toMs: T0 + 2 * HOUR_MS })).toEqual(['2026-03-01T11']);
    expect(listed(world, { fromMs: T0 + HOUR_MS, toMs: T0 + HOUR_MS })).toEqual([]);
    expect(listed(world, { fromMs: T0 + HOUR_MS, toMs: T0 + HOUR_MS + 1 })).toEqual(['2026-03-01T11']);
    expect(listed(world, { fromMs: T0 + HOUR_MS, toMs: 0 })).toEqual([]);
    await w.closeWorld(world);
  });

  it('comes in pages that miss nothing and repeat nothing', async () => {
    const world = await folded(
      ...Array.from({ length: 7 }, (_, i) => [w.opened(T0 + i * HOUR_MS), w.pin(T0 + i * HOUR_MS)]),
    );
    const all = listed(world, {});
    const seen: string[] = [];
    let after: number | undefined;
    for (let page = 0; page < all.length; page++) {
      const { hours, next } = world.projections.merchants.activity({ limit: 2, after });
      seen.push(...hours.map(({ startsAtMs }) => hourText(startsAtMs)));
      after = next;
      if (next === undefined) break;
    }
    expect(seen).toEqual(all);
    expect(all).toHaveLength(7);
    await w.closeWorld(world);
  });
});

describe('activity over any log', () => {
  const rowsOf = (world: w.World): [merchantId: string, hour: string, row: ActivityRow][] => {
    const { generation } = world.views.live('activity') as { generation: number };
    world.projections.flush();
    const rows = world.views.database.prepare(`SELECT key, row FROM activity_g${generation}`).all<[string, string]>();
    return rows.map(([key, row]) => {
      const [merchantId, hour] = key.split('/') as [string, string];
      return [merchantId, hour, JSON.parse(row) as ActivityRow];
    });
  };

  const sum = (rows: readonly ActivityRow[]): object => {
    const closedByReason = new Map<string, number>();
    const histograms = { firstReplyMs: new Histogram(), waitMs: new Histogram(), noticedAfterMs: new Histogram() };
    for (const row of rows) {
      for (const [reason, count] of Object.entries(row.closedByReason)) {
        closedByReason.set(reason, (closedByReason.get(reason) ?? 0) + count);
      }
      histograms.firstReplyMs.merge(Histogram.from(row.firstReplyMs));
      histograms.waitMs.merge(Histogram.from(row.waitMs));
      histograms.noticedAfterMs.merge(Histogram.from(row.noticedAfterMs));
    }
    const totals = [0, 1, 2, 3].map((i) => rows.reduce((total, row) => total + (counted(row)[i] as number), 0));
    const { firstReplyMs, waitMs, noticedAfterMs } = histograms;
    return {
      totals,
      closedByReason: [...closedByReason].sort(),
      counts: [firstReplyMs.toCounts(), waitMs.toCounts(), noticedAfterMs.toCounts()],
    };
  };

  it.each([0, 1, 2].map((i) => firstSeed + i))(
    'is the same for one hour over all as for its merchants together, and opens and closes as often as sessions do (seed %i)',
    async (seed) => {
      const world = await w.openWorld();
      const log = new RandomLog(world.store, seeded(seed));
      for (let i = 0; i < 600; i++) await log.step();
      await w.caughtUp(world);
      const rows = rowsOf(world);
      for (const hour of new Set(rows.map(([, text]) => text))) {
        const here = rows.filter(([, text]) => text === hour);
        const all = here.filter(([merchantId]) => merchantId === ALL_MERCHANTS).map(([, , row]) => row);
        const each = here.filter(([merchantId]) => merchantId !== ALL_MERCHANTS).map(([, , row]) => row);
        expect(sum(all)).toEqual(sum(each));
      }
      const all = rows.filter(([merchantId]) => merchantId === ALL_MERCHANTS).map(([, , row]) => row);
      const { opened, closedByReason } = world.projections.merchants.total();
      expect(sum(all)).toMatchObject({ closedByReason: Object.entries(closedByReason).sort() });
      expect(all.reduce((total, row) => total + row.opened, 0)).toBe(opened);
      expect(opened).toBeGreaterThan(10);
      await w.closeWorld(world);
    },
  );

  it('has each message of sessions that nobody wrote late to in its own hour, counted again from the events alone', async () => {
    const random = seeded(firstSeed);
    const expected = new Map<string, number[]>();
    const add = (merchantId: string, atMs: number, place: number): void => {
      for (const key of [`${merchantId}/${hourText(atMs)}`, `${ALL_MERCHANTS}/${hourText(atMs)}`]) {
        const counts = expected.get(key) ?? [0, 0, 0, 0];
        counts[place]!++;
        expected.set(key, counts);
      }
    };
    const sessions = Array.from({ length: 60 }, () => {
      const merchantId = `m${Math.floor(random() * 3)}`;
      let atMs = T0 + Math.floor(random() * 5 * HOUR_MS);
      const events = [w.opened(atMs, merchantId), w.pin(atMs, 20, merchantId)];
      add(merchantId, atMs, 0);
      for (let i = Math.floor(random() * 12); i > 0; i--) {
        atMs += Math.floor(random() * 19 * MINUTE_MS);
        const place = 1 + Math.floor(random() * 2);
        events.push(place === 1 ? w.buyer(atMs) : w.agent(atMs));
        add(merchantId, atMs, place);
      }
      return events;
    });
    const world = await folded(...sessions);
    expect(new Map(rowsOf(world).map(([merchantId, hour, row]) => [`${merchantId}/${hour}`, counted(row)]))).toEqual(
      expected,
    );
    await w.closeWorld(world);
  });
});
