import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { builtInProjectors, openViews } from '../src/index.js';
import { SESSION_COLUMNS } from '../src/sessions/columns.js';
import { returns } from './docs/returns.js';
import { dump } from './lib/dump.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const file = new URL('../../../docs/projections.md', import.meta.url);
const example = new URL('docs/returns.ts', import.meta.url);
const source = new URL('../src/projections.ts', import.meta.url);

/** As it would stand in the package. */
const shownExample = readFileSync(example, 'utf8').replace("'../../src/index.js'", "'./projector.js'");
const BLOCK = /(<!-- file: packages\/projections\/src\/returns\.ts -->\n```ts\n)([\s\S]*?)(```\n<!-- end -->)/;

/** LAPSE_WRITE_DOCS=1 writes the example into the page. */
if (process.env['LAPSE_WRITE_DOCS'] === '1') {
  const written = readFileSync(file, 'utf8').replace(
    BLOCK,
    (_all, before, _old, after) => before + shownExample + after,
  );
  writeFileSync(file, written);
}
const page = readFileSync(file, 'utf8');
const section = (name: string): string => page.split(`\n### ${name}\n`)[1]?.split(/\n##/)[0] ?? '';

describe('docs/projections.md', () => {
  it.each(builtInProjectors.map((projector) => [projector.name, projector] as const))(
    'names every field of %s',
    (name, projector) => {
      const fields = Object.keys(projector.start('key'));
      expect(fields.filter((field) => !section(name).includes(`\`${field}\``))).toEqual([]);
    },
  );

  it('names every field of sessions', () => {
    expect(SESSION_COLUMNS.filter(([name]) => !section('sessions').includes(`\`${name}\``))).toEqual([]);
  });

  it('shows the example that is run here, to the letter (LAPSE_WRITE_DOCS=1 writes it)', () => {
    expect(BLOCK.exec(page)?.[2]).toBe(shownExample);
  });

  it('shows the line that registers the example as it would stand', () => {
    const line = /^export const builtInProjectors: .*;$/m;
    const registered = line.exec(readFileSync(source, 'utf8'))?.[0];
    expect(line.exec(page)?.[0]).toBe(registered?.replace('];', ', returns];'));
  });
});

describe('the example of a new read model', () => {
  it('counts sessions that go on from one that had closed, in rows that a fold from zero gives again', async () => {
    const projectors = [...builtInProjectors, returns];
    const file = join(w.tempFolder(), 'views.db');
    const world = await w.openWorld({ file, projectors });
    const { store, clock } = world;
    const open = (number: number, more: object = {}) =>
      w.append(store, w.names.session(w.sessionId(number)), w.opened(w.T0, 'm1', more), w.pin(w.T0));
    await open(1);
    await open(2, { previousSessionId: w.sessionId(1) });
    await w.append(store, w.names.session(w.sessionId(2)), w.opened(w.T0, 'm1', { previousSessionId: w.sessionId(1) }));
    await w.caughtUp(world);
    expect(world.projections.row('returns', 'm1')).toEqual({ opened: 2, returned: 1 });
    await w.closeWorld(world);

    const fresh = await w.openWorld({ store, clock, projectors });
    await w.caughtUp(fresh);
    await fresh.projections.stop();
    const again = openViews({ file, readOnly: true });
    expect(dump(again)).toEqual(dump(fresh.views));
    again.close();
    fresh.views.close();
  });
});
