// The edges' test parts and the sources that they stand on, in one file: no build stands between a change and its trial.
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from '../ensure.mjs';

const sources = {
  name: 'lapse-sources',
  setup(bundle) {
    bundle.onResolve({ filter: /^@lapse\/[a-z-]+$/ }, ({ path }) => ({
      path: join(root, 'packages', path.slice('@lapse/'.length), 'src/index.ts'),
    }));
  },
};

/** Libraries stay outside and are found from where the bundle lies, which must be inside of this folder. */
export const bundleFuzz = (outfile) =>
  build({
    entryPoints: [join(root, 'scripts/fuzz/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [sources],
    logLevel: 'error',
  });
