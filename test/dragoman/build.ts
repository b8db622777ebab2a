/**
 * Sources as plain JavaScript, laid out as in the package: compiled file by file by esbuild for the target that `npm run build` has; types are
 * not checked. A program that is started from it is there in a third of the time that tsx needs to compile it at each start.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { projectDirectory } from '../stack/directories.js';

/** Beside the compiled sources. */
const PARTS = ['bin', 'package.json'];
const ENTRY = join('bin', 'dragoman.js');
/** Of this checkout, each under the digest of what it was made of; nothing that runs is older than {@link KEPT_MS}. */
const BUILDS = join(projectDirectory, '.cache', 'builds');
const KEPT_MS = 24 * 3_600_000;

/** @param root of a checkout. @returns what node runs. @throws what esbuild says */
export async function compile(root: string, target: string, plugins: readonly esbuild.Plugin[] = []): Promise<string> {
  const sources = join(root, 'src');
  const outdir = join(target, 'dist');
  // Lua scripts, and what the types of rules are found in.
  await cp(sources, join(outdir, 'src'), { recursive: true });
  const files = await readdir(sources, { recursive: true });
  await esbuild.build({
    entryPoints: files.filter((file) => file.endsWith('.ts')).map((file) => join(sources, file)),
    outbase: root,
    outdir,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    logLevel: 'silent',
    plugins: [...plugins],
  });
  for (const part of PARTS) await cp(join(root, part), join(target, part), { recursive: true });
  return join(target, ENTRY);
}

/** This checkout as it stands, compiled at most once. @returns what node runs. */
export async function compiledProject(): Promise<string> {
  const target = join(BUILDS, await digestOf(projectDirectory));
  if (!existsSync(target)) {
    await mkdir(BUILDS, { recursive: true });
    await removeOld();
    const unfinished = await mkdtemp(join(BUILDS, 'unfinished-'));
    await compile(projectDirectory, unfinished);
    // Another process may have been faster.
    await rename(unfinished, target).catch(() => rm(unfinished, { recursive: true }));
  }
  return join(target, ENTRY);
}

async function digestOf(root: string): Promise<string> {
  const files = (await readdir(join(root, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const hash = createHash('sha256').update(esbuild.version);
  for (const path of [...files, join(root, ENTRY), join(root, 'package.json')])
    hash.update(`\n${path.slice(root.length)}\n`).update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(BUILDS)) {
    const { mtimeMs } = await stat(join(BUILDS, name));
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(BUILDS, name), { recursive: true, force: true });
  }
}
