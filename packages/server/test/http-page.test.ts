import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { paths, type AppendAnswer } from '@lapse/api';
import { examples, type ForeignEvent } from './docs/examples.js';
import { filled, namesIn, renderCodes, renderExample } from './docs/render.js';
import { newEngineWorld, type EngineWorld } from './engine-world.js';
import type { Answer } from './world.js';

const file = new URL('../../../docs/http.md', import.meta.url);
/** LAPSE_WRITE_DOCS=1 writes what the run gave into the page. */
const writes = process.env['LAPSE_WRITE_DOCS'] === '1';

let world: EngineWorld;
const blocks = new Map<string, string>([['codes', renderCodes()]]);
const answers: Answer[] = [];

/** The read side tells that it is live a moment after it has seen the last event. */
const untilReady = async (): Promise<void> => {
  const ATTEMPTS_MAX = 1_000;
  for (let attempt = 0; attempt < ATTEMPTS_MAX && !world.engine.readiness().ready; attempt++) {
    await world.get('/livez');
  }
};

const writeForeign = async ({ stream, id, type, data }: ForeignEvent): Promise<string> => {
  const event = { id, type, data: Buffer.from(data, 'latin1'), metadata: new Uint8Array() };
  const written = await world.store.append(stream, [{ ...event, contentType: 'application/json' }], 'any');
  if (written.kind !== 'appended' || written.position === undefined) throw new Error(`${id} was not written`);
  return written.position;
};

beforeAll(async () => {
  world = await newEngineWorld();
  let position = '';
  for (const { name, question, afterMs = 0, foreign } of examples) {
    world.clock.nowMs += afterMs;
    if (foreign !== undefined) position = await writeForeign(foreign);
    if (name === 'list-projections') await untilReady();
    const asked = { ...question, path: question.path.replace('{position}', position) };
    // A correlation id of the caller's own, so that a problem's body is the same each time.
    const answer = await world.ask({ ...asked, headers: { 'x-correlation-id': `demo-${name}` } });
    position = (answer.body as Partial<AppendAnswer & { position: string }>).position ?? position;
    answers.push(answer);
    blocks.set(name, renderExample(asked, answer));
  }
  if (writes) writeFileSync(file, filled(readFileSync(file, 'utf8'), blocks));
});
afterAll(() => world.close());

describe('docs/http.md', () => {
  const page = () => readFileSync(file, 'utf8');

  it('shows each request of the run once, and no other', () => {
    expect(namesIn(page()).sort()).toEqual([...blocks.keys()].sort());
  });
  it('shows what the server answers, to the letter (LAPSE_WRITE_DOCS=1 writes it)', () => {
    expect(page()).toBe(filled(page(), blocks));
  });
  it('names every address', () => {
    const written = page();
    expect(
      Object.values(paths).filter((path) => !written.includes(`\`${path}\``) && !written.includes(` ${path}\``)),
    ).toEqual([]);
  });
  it('comes from a run in which nothing was a fault of ours', () => {
    expect(answers.filter((answer) => answer.status >= 500)).toEqual([]);
    expect(world.log).toEqual([]);
  });
});
