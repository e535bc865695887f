import { describe, expect, it } from '@jest/globals';
import type { Projector, Reactor, ReactorPorts, ProjectedEvent } from '../src/index.js';

/** Stands for whatever rebuilds: it takes projectors and nothing else. */
const namesOfRebuilt = (projectors: readonly Projector[]): readonly string[] => projectors.map(({ name }) => name);

type Row = { seen: number };
const pure: Projector<Row> = {
  name: 'pure',
  version: 1,
  reads: ['session'],
  keysOf: () => ['all'],
  start: () => ({ seen: 0 }),
  apply: (row) => ({ seen: row.seen + 1 }),
};

const sends: Reactor = {
  name: 'sends',
  react: async ({ stream }, { store }) => {
    await store.append(stream, [], 'any');
  },
};

describe('no effect on replay, by type', () => {
  it('what folds can be rebuilt; what sends does not compile', () => {
    // @ts-expect-error a reactor is no projector
    expect(namesOfRebuilt([pure, sends])).toEqual(['pure', 'sends']);
  });

  it('a fold that wants something to send with does not compile', () => {
    const withPorts = { ...pure, apply: (row: Row, _event: ProjectedEvent, _key: string, _ports: ReactorPorts) => row };
    // @ts-expect-error nobody hands a fold any ports
    expect(namesOfRebuilt([withPorts])).toEqual(['pure']);
  });

  it('a fold that waits for something does not compile', () => {
    const waits = { ...pure, apply: async (row: Row) => row };
    // @ts-expect-error a promise is no row
    expect(namesOfRebuilt([waits])).toEqual(['pure']);
  });
});
