/**
 * The simulation with a rule taken out of the real code: one esbuild bundle, in which the sources named by the patches are changed as
 * they are read. Nothing of this reaches a build that is shipped.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { DragomanError } from '../../../src/errors.js';
import type { Mutant, Patch } from './mutants.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OUT = join(ROOT, 'node_modules/.cache/dragoman-mutants');
/** Reads scripts that stand in a folder beside it. */
const SCRIPT_READER = 'src/adapters/redis/store.ts';
const SCRIPTS = 'src/adapters/redis/lua';

/** @returns the file of the bundle, whose exports are those of `entry` (a path in the repository). */
export async function bundleOf(mutant: Mutant | null, entry: string): Promise<string> {
  const outDir = join(OUT, mutant?.name ?? 'none');
  const outfile = join(outDir, 'bundle.mjs');
  const patches = mutant?.patches ?? [];
  const isScript = ({ file }: Patch): boolean => file.startsWith(SCRIPTS);
  const used = new Set<string>(patches.filter(isScript).map(({ file }) => file));
  if (used.size > 0) copyScripts(outDir, patches);
  const onLoad = (path: string): string => {
    const file = path.slice(ROOT.length).replace(/^\//, '');
    if (patches.some((patch) => patch.file === file)) used.add(file);
    const place = file === SCRIPT_READER && patches.some(isScript) ? join(outDir, basename(path)) : path;
    const text = patched(readFileSync(path, 'utf8'), file, patches);
    return text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(place).href));
  };
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    alias: { 'dragoman/rules': './src/rules/index.ts', 'dragoman/testing': './src/testing/index.ts' },
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutant',
        setup: (build) => {
          build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({ contents: onLoad(path), loader: 'ts' }));
        },
      },
    ],
  });
  const unused = patches.filter(({ file }) => !used.has(file));
  if (unused.length > 0) throw unfit(unused[0]!, 'is not part of the simulation');
  return outfile;
}

/** @throws DragomanError when a text to replace is not there exactly once: the mutant no longer fits the code. */
export function patched(text: string, file: string, patches: readonly Patch[]): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((changed, patch) => {
      const found = changed.split(patch.find).length - 1;
      if (found !== 1) throw unfit(patch, `holds the text to replace ${found} times`);
      return changed.replace(patch.find, () => patch.replace);
    }, text);
}

function copyScripts(outDir: string, patches: readonly Patch[]): void {
  for (const name of readdirSync(join(ROOT, SCRIPTS))) {
    const file = `${SCRIPTS}/${name}`;
    const copy = join(outDir, basename(SCRIPTS), name);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, patched(readFileSync(join(ROOT, file), 'utf8'), file, patches));
  }
}

const unfit = ({ file, find }: Patch, why: string): DragomanError =>
  new DragomanError('INVARIANT_BROKEN', `A mutant does not fit: ${file} ${why}:\n${find}`);
