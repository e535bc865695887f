import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendedAnswer, openSessionAnswer } from '@lapse/api';
import { newEngineWorld, type EngineWorld } from './engine-world.js';
import { parsedMetrics, type ParsedMetrics } from './parsed-metrics.js';
import { agent, buyer, eventsPath, expectAnswer, HOUR_MS, newWorld, SESSION } from './world.js';

let world: EngineWorld;

const scrape = async (port = world.port): Promise<ParsedMetrics> => {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parsedMetrics(await answer.text());
};
const openOne = async (): Promise<string> => {
  const answer = await world.post('/v1/sessions', { merchantId: 'm1', openedBy: 'buyer' });
  return expectAnswer(answer, 201, openSessionAnswer).sessionId;
};
const send = async (sessionId: string, event: object): Promise<void> => {
  expectAnswer(await world.post(eventsPath(sessionId), event), 201, appendedAnswer);
};

describe('metrics', () => {
  beforeEach(async () => {
    world = await newEngineWorld();
  });
  afterEach(() => world.close());

  it('tell of each read model where it is, in which state, and what is parked', async () => {
    await openOne();
    await world.foreign('session-not-a-ulid', { type: 'queued', occurredAtMs: world.clock.nowMs, data: {} });
    await world.engine.caughtUp(30_000);
    const found = await scrape();
    const position = Number(world.engine.projections.position);
    for (const { name } of world.engine.projections.status()) {
      expect(found.value('lapse_projection_position', { projection: name })).toBe(position);
      expect(found.value('lapse_projection_lag_events', { projection: name })).toBe(0);
      expect(found.value('lapse_projection_lag_seconds', { projection: name })).toBe(0);
      const states = ['catching-up', 'live', 'stalled', 'parked'].map((state) =>
        found.value('lapse_projection_state', { projection: name, state }),
      );
      expect(states.reduce((sum: number, value) => sum + (value ?? 0), 0)).toBe(1);
    }
    expect(found.value('lapse_parked_streams', { projection: 'sessions' })).toBe(1);
    expect(found.value('lapse_parked_streams', { projection: 'activity' })).toBe(0);
  });

  it('count the closes of the sweep by reason, how late they were, and what is still pending', async () => {
    const [lapsing, living] = [await openOne(), await openOne()];
    await send(lapsing, agent());
    world.clock.nowMs += HOUR_MS;
    await world.engine.caughtUp(30_000);
    expect((await scrape()).value('lapse_deadlines_pending')).toBe(2);
    await world.engine.timeouts.tick(world.clock.nowMs);
    await send(living, buyer());
    await world.engine.caughtUp(30_000);
    const found = await scrape();
    expect(found.value('lapse_deadlines_pending')).toBe(1);
    expect(found.value('lapse_closes_total', { reason: 'buyer-silent' })).toBe(1);
    const lateSeconds = 40 * 60 - 5;
    expect(found.value('lapse_close_lateness_seconds_bucket', { le: '600' })).toBe(0);
    expect(found.value('lapse_close_lateness_seconds_bucket', { le: '3600' })).toBe(1);
    expect(found.value('lapse_close_lateness_seconds_bucket', { le: '+Inf' })).toBe(1);
    expect(found.value('lapse_close_lateness_seconds_count')).toBe(1);
    const sum = found.value('lapse_close_lateness_seconds_sum') as number;
    expect(Math.abs(sum - lateSeconds)).toBeLessThanOrEqual(lateSeconds * 0.02);
  });

  it('count requests by what the contract calls their address, never by an id', async () => {
    await send(await openOne(), buyer());
    await world.post(eventsPath(SESSION), buyer());
    await world.get('/v1/nothing-here');
    const found = await scrape();
    const requests = (labels: Record<string, string>) =>
      found.value('lapse_http_request_duration_seconds_count', labels);
    expect(requests({ method: 'POST', route: '/v1/sessions', status: '201' })).toBe(1);
    expect(requests({ method: 'POST', route: '/v1/sessions/:id/events', status: '201' })).toBe(1);
    expect(requests({ method: 'POST', route: '/v1/sessions/:id/events', status: '404' })).toBe(1);
    expect(requests({ method: 'GET', route: 'none', status: '404' })).toBe(1);
    expect(found.value('lapse_appends_total', { outcome: 'written' })).toBe(2);
    expect(found.value('lapse_appends_total', { outcome: 'refused' })).toBe(1);
    expect(found.value('lapse_appends_total', { outcome: 'failed' })).toBe(0);
    expect(found.text).not.toContain(SESSION);
  });

  it('tell of the process, by the names that dashboards know', async () => {
    const found = await scrape();
    for (const name of [
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'nodejs_heap_size_total_bytes',
      'nodejs_external_memory_bytes',
    ]) {
      expect(found.value(name)).toBeGreaterThan(0);
    }
    expect(found.value('nodejs_eventloop_utilization')).toBeGreaterThanOrEqual(0);
  });

  it('belong to one server: another one in the same process begins at nothing', async () => {
    await openOne();
    const plain = await newWorld();
    const found = await scrape(plain.port);
    expect(found.value('lapse_appends_total', { outcome: 'written' })).toBe(0);
    // It keeps no read side and no sweep, so it says nothing of them.
    expect(found.names.filter((name) => /projection|deadlines|closes/.test(name))).toEqual([]);
    await plain.close();
  });
});
