// Module hooks that let a child process run the sources as they stand, as jest does: no build comes between.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const packages = new URL('../../../packages/', import.meta.url);

export const resolve = (specifier, context, next) => {
  const room = /^@lapse\/([a-z-]+)$/.exec(specifier)?.[1];
  if (room !== undefined) return next(new URL(`${room}/src/index.ts`, packages).href, context);
  const isOurs = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
  return next(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context);
};

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  return { format: 'module', shortCircuit: true, source: code };
};
