import { ulidOfUuid } from '@lapse/domain';
import type { Engine } from '@lapse/engine';
import { randomUUID } from 'node:crypto';
import { openBenchEngine } from './lib/open-sessions.js';
import { percentile } from './lib/percentile.js';
import type { Bench, BenchContext } from './lib/types.js';

const APPENDS_PER_SECOND = 5_000;
const TICK_MS = 10;
const WAIT_MS = 60_000;

/** A chat service that appends at a steady rate, whatever the answers take; who falls behind is not waited for. */
const run = async ({ quick, figure, log, tempDir }: BenchContext): Promise<void> => {
  const sessions = quick ? 100 : 2_000;
  const seconds = quick ? 2 : 20;
  const engine = await openBenchEngine(tempDir(), true);
  const ids = await openThem(engine, sessions);
  log(`${APPENDS_PER_SECOND} appends a second for ${seconds} s, to ${sessions} sessions`);
  const total = seconds * APPENDS_PER_SECOND;
  const answeredMs = new Float64Array(total);
  const visibleMs = new Float64Array(total);
  const underWay: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let sent = 0; sent < total;) {
    const dueBy = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * APPENDS_PER_SECOND) + 1);
    for (; sent < dueBy; sent++) {
      underWay.push(appendOne(engine, ids[sent % sessions] as string, sent, answeredMs, visibleMs));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(underWay);
  const tookS = (performance.now() - startedMs) / 1_000;
  await engine.close();
  figure({
    figure: 'appends',
    value: total / tookS,
    unit: 'events/s',
    limit: APPENDS_PER_SECOND,
    note: 'limit: asked for',
  });
  const behindMs = visibleMs.map((ms, i) => ms - (answeredMs[i] as number));
  for (const percent of [50, 99]) {
    const visible = percentile(visibleMs, percent);
    const answered = percentile(answeredMs, percent);
    figure({
      figure: `answered-p${percent}`,
      value: answered,
      unit: 'ms',
      note: 'from the call to the durable answer',
    });
    figure({
      figure: `visible-p${percent}`,
      value: visible,
      unit: 'ms',
      ratio: visible / answered,
      note: 'from the call to a row that shows it; ratio: to the answer',
    });
    figure({
      figure: `behind-p${percent}`,
      value: percentile(behindMs, percent),
      unit: 'ms',
      note: 'from the answer to the row',
    });
  }
};

const appendOne = async (
  engine: Engine,
  sessionId: string,
  i: number,
  answeredMs: Float64Array,
  visibleMs: Float64Array,
): Promise<void> => {
  const startedMs = performance.now();
  const type = i % 3 === 0 ? 'message-from-agent' : 'message-from-buyer';
  const event = { type, id: randomUUID(), data: { senderId: 'x', length: 42, automated: false } } as const;
  const answer = await engine.commands.append({ sessionId, events: [event] });
  if (answer.kind !== 'appended' || answer.position === undefined)
    throw new Error(`not appended: ${JSON.stringify(answer)}`);
  answeredMs[i] = performance.now() - startedMs;
  await engine.projections.waitFor(answer.position, WAIT_MS);
  visibleMs[i] = performance.now() - startedMs;
};

const openThem = (engine: Engine, count: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const sessionId = ulidOfUuid(randomUUID().replace(/^./, '0'));
      const data = { merchantId: `m${i % 50}`, openedBy: 'buyer' } as const;
      const answer = await engine.commands.openSession({ sessionId, data });
      if (answer.kind === 'refused') throw new Error(answer.message);
      return sessionId;
    }),
  );

export const bench: Bench = {
  name: 'live',
  about: 'from an append to the row that shows it, under 5 000 appends a second',
  run,
};
