// One file of packages/simulation and everything it stands on, made from the sources: no build stands between a change and
// its trial, and a planted bug touches nothing but the file that is made.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from '../ensure.mjs';

/** The text with another in place of a part that must stand there exactly once. */
const replaced = (text, { file, find, replace }) => {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file}: ${parts.length - 1} places read\n${find}`);
  return parts.join(replace);
};

/** Path of a changed file to its text, with all of a mutant's changes in it. Throws where one of them has no place there. */
export const changedFiles = (mutant) => {
  const texts = new Map();
  for (const change of mutant.changes ?? [mutant]) {
    const path = join(root, change.file);
    texts.set(path, replaced(texts.get(path) ?? readFileSync(path, 'utf8'), change));
  }
  return texts;
};

const sources = (mutant) => ({
  name: 'lapse-sources',
  setup(bundle) {
    bundle.onResolve({ filter: /^@lapse\/[a-z-]+$/ }, ({ path }) => ({
      path: join(root, 'packages', path.slice('@lapse/'.length), 'src/index.ts'),
    }));
    if (mutant === undefined) return;
    const changed = changedFiles(mutant);
    bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = changed.get(path);
      return contents === undefined ? undefined : { contents, loader: 'ts' };
    });
  },
});

/** Writes the bundle to `outfile`; with a mutant, with its bug in it. */
export const bundleSimulation = (outfile, mutant) =>
  build({
    entryPoints: [join(root, 'packages/simulation/src/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@photostructure/sqlite'],
    // Packages in the older format ask for Node's own modules as they always have.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    plugins: [sources(mutant)],
    logLevel: 'error',
  });

/** A bundle that lies elsewhere finds the packages that are not in it here. */
export const modulePath = { NODE_PATH: join(root, 'node_modules') };
