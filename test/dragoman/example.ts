/** Programs of `docs/examples`, compiled beside the sources that they import as a package. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { projectDirectory } from '../stack/directories.js';
import { compiledProject } from './build.js';

/** @returns what node runs: `dragoman/consumer` is the package in whose folder it lies. @throws what esbuild says */
export async function compiledExample(name: string): Promise<string> {
  const source = join(projectDirectory, 'docs', 'examples', name);
  const target = join(dirname(dirname(await compiledProject())), 'examples', name);
  await mkdir(target, { recursive: true });
  for (const file of await readdir(source)) {
    const path = join(source, file);
    if (!file.endsWith('.ts')) await cp(path, join(target, file));
    else
      await esbuild.build({
        entryPoints: [path],
        outdir: target,
        ...{ format: 'esm', platform: 'node', target: 'es2022', logLevel: 'silent' },
      });
  }
  return join(target, `${name}.js`);
}
