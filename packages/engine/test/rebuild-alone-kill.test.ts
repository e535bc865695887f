import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { encodeEvent, extractFacts, pinOf, standardPolicy, type LapseEvent } from '@lapse/domain';
import { openSqliteStore } from '@lapse/store-sqlite';
import { runAndKill, type Ended } from './lib/killed-child.js';
import { differences } from './lib/rebuilt-rows.js';
import * as w from './lib/world.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(1_800_000);

afterEach(w.cleanUp);

const KILLS = Number(process.env['LAPSE_KILLS'] ?? 3);
const SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const SESSIONS = 600;
/** Within it lie all of its transactions. */
const LIFE_MS = 150;
const T0 = Date.parse('2026-03-01T10:00:00.000Z');

/** Sessions that go on beside each other, half of them closed in the end. */
const writeLog = async (folder: string, random: () => number): Promise<void> => {
  const newIdentity = randomUUID;
  const store = await openSqliteStore({ file: join(folder, 'events.db'), extractFacts, nowMs: () => T0, newIdentity });
  const append = (session: number, events: readonly LapseEvent[]): Promise<unknown> => {
    const id = `01HQ${String(session).padStart(22, '0')}`;
    return store.append(
      w.names.session(id),
      events.map((event) => encodeEvent(randomUUID(), event)),
      'any',
    );
  };
  for (let i = 0; i < SESSIONS; i++) {
    const merchantId = `m${i % 7}`;
    const atMs = T0 + i * 1_000;
    const version = { ...standardPolicy(), version: 1, merchantRevision: 0, data: undefined };
    await append(i, [
      { type: 'opened', occurredAtMs: atMs, data: { merchantId, openedBy: 'buyer' } },
      { type: 'config-version', occurredAtMs: atMs, data: pinOf(merchantId, version) },
      { type: 'message-from-buyer', occurredAtMs: atMs, data: {} },
    ]);
    const earlier = Math.floor(random() * i);
    if (random() < 0.5) {
      const closedBy = { role: 'merchant-agent', id: 'a1' } as const;
      await append(earlier, [{ type: 'closed', occurredAtMs: atMs, data: { reason: 'by-agent', closedBy } }]);
    } else {
      await append(earlier, [
        { type: 'message-from-agent', occurredAtMs: atMs, data: { senderId: 'a1', automated: false } },
      ]);
    }
  }
  await store.close();
};

/** Rebuilds until it is done, or is killed. */
const rebuildFor = (folder: string, lifeMs: number): Promise<Ended> =>
  runAndKill('./rebuild-alone-child.ts', [folder], lifeMs);

describe('a rebuild without an engine that is killed (kill -9) while a second thread writes', () => {
  it(`goes on where the file says, and ends with the rows of a fold from zero (${KILLS} kills, seed ${SEED})`, async () => {
    const random = w.seededRandom(SEED);
    let killed = 0;
    for (let round = 0; killed < KILLS && round < 5 * KILLS; round++) {
      const folder = w.tempFolder();
      await writeLog(folder, random);
      for (let tries = 0; tries < 3; tries++) {
        const { said, complaints } = await rebuildFor(folder, random() * LIFE_MS);
        expect(complaints).toBe('');
        if (!said.includes('swapped')) killed++;
      }
      const { said } = await rebuildFor(folder, 600_000);
      expect(said.at(-1)).toBe('swapped');
      const { verified, found } = await differences(folder);
      expect(verified?.compared.find(({ name }) => name === 'sessions')?.rows).toBe(SESSIONS);
      expect({ round, found }).toEqual({ round, found: [] });
    }
    expect(killed).toBeGreaterThanOrEqual(Math.min(KILLS, 2));
  });
});
