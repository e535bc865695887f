import { describe, expect, it } from '@jest/globals';
import { StoreError, type EventStore } from '@lapse/store';
import { faultyStore, type Fault } from './faulty-store.js';
import { ManualSleep, startFollowing, turns, type Following } from './follow-helpers.js';
import { openMemoryStore, someEvents } from './memory-store.js';

const IDLE_MS = 5000;
const BACKOFF_MS = 50;

interface Scene {
  readonly real: EventStore;
  readonly sleeps: ManualSleep;
  readonly following: Following;
  readonly openedAfter: readonly string[];
}

/** Two events, then a subscription whose first opening is as given. */
const sceneWith = async (
  first: Fault,
  change: (store: EventStore) => EventStore = (store) => store,
): Promise<Scene> => {
  const real = openMemoryStore();
  await real.append('s', someEvents(2), -1);
  let openings = 0;
  const faulty = faultyStore(real, () => (openings++ === 0 ? first : { kind: 'none' }));
  const sleeps = new ManualSleep();
  const following = startFollowing(change(faulty.store), { idle: { afterMs: IDLE_MS }, sleep: sleeps.sleep });
  await turns(5);
  return { real, sleeps, following, openedAfter: faulty.openedAfter };
};

const stopped = async ({ following }: Scene): Promise<void> => {
  following.stop.abort();
  await following.done;
};

describe('follow notices a subscription that is open and silent', () => {
  it('opens it again when the head has moved for a whole span without a message', async () => {
    const scene = await sceneWith({ kind: 'stall', afterMessages: 2 });
    const { real, sleeps, following, openedAfter } = scene;
    await real.append('s', someEvents(1), 1);
    await sleeps.end(IDLE_MS);
    expect(following.troubles).toEqual([]);
    await sleeps.end(IDLE_MS);
    expect(following.troubles).toEqual([]);
    await sleeps.end(IDLE_MS);
    expect(following.troubles).toMatchObject([{ kind: 'silent', failures: 1, retryInMs: BACKOFF_MS }]);
    await sleeps.end(BACKOFF_MS);
    expect(following.seen).toEqual(['s@0', 's@1', 's@2']);
    expect(openedAfter).toEqual(['start', '2']);
    await stopped(scene);
  });

  it('trusts a silence in which nothing happened, however long', async () => {
    const scene = await sceneWith({ kind: 'none' });
    for (let spans = 0; spans < 50; spans += 1) await scene.sleeps.end(IDLE_MS);
    expect([scene.following.troubles, scene.openedAfter]).toEqual([[], ['start']]);
    await scene.real.append('s', someEvents(1), 1);
    await turns(5);
    expect(scene.following.seen).toHaveLength(3);
    await stopped(scene);
  });

  it('takes a head that is not answered for a silence as well', async () => {
    const scene = await sceneWith({ kind: 'stall', afterMessages: 2 }, (store) => ({
      ...store,
      headPosition: () => new Promise(() => undefined),
    }));
    for (let spans = 0; spans < 3; spans += 1) await scene.sleeps.end(IDLE_MS);
    expect(scene.following.troubles).toMatchObject([{ kind: 'silent' }]);
    await stopped(scene);
  });

  it('does not take its own slow handler for a silence', async () => {
    const real = openMemoryStore();
    await real.append('s', someEvents(4), -1);
    const sleeps = new ManualSleep();
    let release = (): void => undefined;
    const following = startFollowing(real, {
      pageSizeMax: 2,
      idle: { afterMs: IDLE_MS },
      sleep: sleeps.sleep,
      onPage: () => new Promise<void>((resolve) => (release = resolve)),
    });
    await turns(3);
    for (let spans = 0; spans < 10; spans += 1) await sleeps.end(IDLE_MS);
    expect(following.troubles).toEqual([]);
    following.stop.abort();
    release();
    await following.done;
  });

  it('can be stopped while a store answers nothing and does not look at its signal', async () => {
    const scene = await sceneWith({ kind: 'stall', afterMessages: 0 });
    await stopped(scene);
    expect(scene.following.seen).toEqual([]);
  });

  it('takes a silence that was right for a sign of health: the next wait is short again', async () => {
    const real = openMemoryStore();
    let breakOff = (): void => undefined;
    const store: EventStore = {
      ...faultyStore(real, () => ({ kind: 'none' })).store,
      async *subscribe() {
        yield { kind: 'caught-up', at: 'start' };
        await new Promise<void>((resolve) => (breakOff = resolve));
        throw new StoreError('store-unavailable', 'the connection broke');
      },
    };
    const sleeps = new ManualSleep();
    const following = startFollowing(store, { idle: { afterMs: IDLE_MS }, sleep: sleeps.sleep });
    for (const failures of [1, 2, 3]) {
      await turns(3);
      breakOff();
      await turns(3);
      await sleeps.end(BACKOFF_MS * 2 ** (failures - 1));
    }
    for (let spans = 0; spans < 3; spans += 1) await sleeps.end(IDLE_MS);
    breakOff();
    await turns(3);
    expect(following.troubles.map(({ failures }) => failures)).toEqual([1, 2, 3, 1]);
    following.stop.abort();
    await following.done;
  });
});
