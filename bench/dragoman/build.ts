/**
 * What is measured: plain JavaScript out of the sources of a checkout, in a folder of its own, with a copy of the rules. So nobody who
 * edits the sources meanwhile changes what is measured, and two versions can be compared.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type * as esbuild from 'esbuild';
import { compile } from '../../test/dragoman/build.js';
import { BenchError } from '../bench-error.js';

export interface Build {
  readonly name: string;
  /** Node runs this file. */
  readonly entry: string;
  readonly rules: string;
}

/** Text of a source file that is replaced while it is built. */
export interface Patch {
  /** Below `src/`. */
  readonly file: string;
  /** There exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface BuildOptions {
  readonly name: string;
  /** Root of the checkout. */
  readonly checkout: string;
  /** Folder to build in; below a folder that has `node_modules`, unless the checkout has its own. */
  readonly directory: string;
  /** Folder of rules; null: those of the checkout. */
  readonly rules: string | null;
  readonly patches?: readonly Patch[];
}

/** @throws BenchError BUILD_FAILED */
export async function build({ name, checkout, directory, rules, patches = [] }: BuildOptions): Promise<Build> {
  const root = resolve(checkout);
  const sources = join(root, 'src');
  if (!existsSync(join(sources, 'cli', 'main.ts')))
    throw new BenchError('BUILD_FAILED', `${root} is no checkout of Dragoman: it has no src/cli/main.ts`);
  const target = join(directory, name);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  try {
    await compile(root, target, [patching(sources, patches)]);
  } catch (cause) {
    throw new BenchError('BUILD_FAILED', `${root} does not compile`, { cause });
  }
  const unpatched = await missingPatches(sources, patches);
  if (unpatched.length > 0)
    throw new BenchError('BUILD_FAILED', `not to be found exactly once in ${root}:\n${unpatched.join('\n')}`);
  await cp(rules ?? join(root, 'rules'), join(target, 'rules'), { recursive: true });
  if (existsSync(join(root, 'node_modules'))) await symlink(join(root, 'node_modules'), join(target, 'node_modules'));
  return { name, entry: join(target, 'bin', 'dragoman.js'), rules: join(target, 'rules') };
}

const patching = (sources: string, patches: readonly Patch[]): esbuild.Plugin => ({
  name: 'patches',
  setup(build) {
    for (const file of new Set(patches.map((patch) => join(sources, patch.file)))) {
      const filter = new RegExp(`^${file.replaceAll(/[.\\/]/g, '\\$&')}$`);
      build.onLoad({ filter }, async () => {
        const own = patches.filter((patch) => join(sources, patch.file) === file);
        const text = own.reduce((whole, { from, to }) => whole.replace(from, () => to), await readFile(file, 'utf8'));
        return { contents: text, loader: 'ts' };
      });
    }
  },
});

async function missingPatches(sources: string, patches: readonly Patch[]): Promise<string[]> {
  const counts = await Promise.all(
    patches.map(async ({ file, from }) => (await readFile(join(sources, file), 'utf8')).split(from).length - 1),
  );
  return patches.filter((_, i) => counts[i] !== 1).map(({ from }) => from);
}
