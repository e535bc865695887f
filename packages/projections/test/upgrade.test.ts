import { afterAll, describe, expect, it } from '@jest/globals';
import { builtInProjectors, merchants, type Projector } from '../src/index.js';
import { dump } from './lib/dump.js';
import { eventually, liveNames, rowsFromZero } from './lib/rebuilding.js';
import * as w from './lib/world.js';
import { keptFile, plainLog, spoil } from './lib/kept-files.js';

afterAll(w.removeTempFolders);

describe('an upgrade', () => {
  const raised = (name: string): readonly Projector[] =>
    builtInProjectors.map((projector) => (projector.name === name ? { ...projector, version: 99 } : projector));

  it('builds the changed read model beside the rest, which goes on; its old rows serve until then', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    const world = await w.openWorld({ file, store, projectors: raised('merchants') });
    expect(world.projections.status().find(({ name }) => name === 'merchants')).toMatchObject({
      version: merchants.version,
      state: 'catching-up',
    });
    expect(world.projections.merchants.byId('m1')).toMatchObject({ opened: 20 });
    await eventually(() => {
      world.clock.advance(1_000);
      return liveNames(world.views).includes('merchants@2');
    });
    await w.caughtUp(world);
    await eventually(() => world.projections.status().every(({ state }) => state === 'live'));
    expect(world.projections.status().find(({ name }) => name === 'merchants')).toMatchObject({ version: 99 });
    expect(liveNames(world.views)).toContain('sessions@1');
    await w.append(store, w.names.session(w.sessionId(902)), w.opened(w.T0), w.pin(w.T0));
    await w.caughtUp(world);
    await world.projections.stop();
    expect(dump(world.views)).toEqual(await rowsFromZero(store));
    world.views.close();
  });

  it('of the sessions builds all of it anew, and folds nothing onto the old rows', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    spoil(file, "UPDATE generations SET version = 0 WHERE name = 'sessions'");
    await w.append(store, w.names.session(w.sessionId(903)), w.opened(w.T0), w.pin(w.T0));
    const world = await w.openWorld({ file, store });
    expect(world.projections.sessions({ limit: 1, nowMs: w.T0 }).sessions[0]?.id).toBe(w.sessionId(60));
    const resets: string[] = [];
    world.projections.observe({ onSession: () => undefined, onReset: () => resets.push('reset') });
    await eventually(() => {
      world.clock.advance(1_000);
      return world.projections.status().every(({ state }) => state === 'live');
    });
    expect(resets).toEqual(['reset']);
    expect(world.projections.sessions({ limit: 1, nowMs: w.T0 }).sessions[0]?.id).toBe(w.sessionId(903));
    await world.projections.stop();
    expect(dump(world.views)).toEqual(await rowsFromZero(store));
    world.views.close();
  });

  it('that was cut off goes on where it was', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    const first = await w.openWorld({ file, store, projectors: raised('merchants') });
    await w.closeWorld(first);
    const second = await w.openWorld({ file, store, projectors: raised('merchants') });
    await eventually(() => {
      second.clock.advance(1_000);
      return second.projections.status().every(({ state }) => state === 'live');
    });
    await second.projections.stop();
    expect(dump(second.views)).toEqual(await rowsFromZero(store));
    second.views.close();
  });
});
