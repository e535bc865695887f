import { describe, expect, it } from '@jest/globals';
import { mulberry32 } from '@lapse/simulation/oracle';
import type { Owner } from '../../src/world/owner.js';
import { Scheduler } from '../../src/world/scheduler.js';

const alive = (name: string): Owner => ({ name, alive: true });

describe('the scheduler of a world', () => {
  it('picks among concurrent steps by its seed, the same way each time', async () => {
    const orderOf = async (seed: number): Promise<string> => {
      const scheduler = new Scheduler(0, mulberry32(seed));
      const said: string[] = [];
      for (const name of ['a', 'b', 'c', 'd']) {
        void scheduler.step(alive(name)).then(() => said.push(name));
      }
      await scheduler.runUntil(1);
      return said.join('');
    };
    expect(await orderOf(1)).toBe(await orderOf(1));
    const orders = new Set(await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(orderOf)));
    expect(orders.size).toBeGreaterThan(3);
  });

  it('never goes on with what a dead owner waits for', async () => {
    const scheduler = new Scheduler(0, mulberry32(1));
    const owner = alive('engine');
    let went = false;
    void scheduler.step(owner).then(() => (went = true));
    scheduler.after(5, owner, () => (went = true));
    owner.alive = false;
    await scheduler.runUntil(100);
    expect(went).toBe(false);
  });

  it('moves time to the next timer and runs none that was cancelled', async () => {
    const scheduler = new Scheduler(1_000, mulberry32(1));
    const owner = alive('engine');
    const seen: number[] = [];
    const note = (): void => void seen.push(scheduler.nowMs);
    for (const delayMs of [50, 10, 30, 10]) scheduler.after(delayMs, owner, note);
    scheduler.after(20, owner, note)();
    await scheduler.runUntil(1_040);
    expect(seen).toEqual([1_010, 1_010, 1_030]);
    expect(scheduler.nowMs).toBe(1_040);
  });
});
