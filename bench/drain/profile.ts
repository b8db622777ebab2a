/** `--profile`: one drain under `node --cpu-prof`, and the functions that took the time. The profiler itself costs some of it. */
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench-error.js';
import type { Ground } from '../ground.js';
import { type CpuProfile, selfTimes, selfTimesByPart, type SelfTime } from './cpu-profile.js';
import { drain, type DrainOptions, type DrainResult, type DrainTimes } from './drain.js';

export interface TakenProfile {
  readonly functions: readonly SelfTime[];
  readonly parts: readonly SelfTime[];
  /** Kept, to be opened in a browser's developer tools. */
  readonly file: string;
}

export interface ProfileResult extends TakenProfile {
  readonly result: DrainResult;
}

const SAMPLING_MICROS = 500;
/** Node begins to profile this long after it was spawned, roughly. */
const PROFILER_START_MS = 40;

/** @throws BenchError PROFILE_MISSING and those of `drain` */
export async function profileDrain(
  ground: Ground,
  options: Pick<DrainOptions, 'backlog' | 'resumed'>,
  keep: string,
): Promise<ProfileResult> {
  const folder = join(ground.directory, 'profile');
  const reads: (TakenProfile | null)[] = [];
  const result = await drain(ground, {
    ...options,
    nodeFlags: profiling(folder),
    afterwards: async (_, times) => {
      reads.push(await readProfile(folder, { keep, name: 'drain' }, drained(times)));
    },
  });
  const [read] = reads;
  if (!read) throw new BenchError('PROFILE_MISSING', `node left no profile in ${folder}`);
  return { result, ...read };
}

const drained = ({ spawnedMs, runningMs, lastEventMs }: DrainTimes): ProfiledTimes => ({
  spawnedMs,
  fromMs: runningMs,
  toMs: lastEventMs,
});

/** Flags of node. @param folder in which the profile is left. */
export const profiling = (folder: string): string[] => [
  '--cpu-prof',
  `--cpu-prof-dir=${folder}`,
  `--cpu-prof-interval=${SAMPLING_MICROS}`,
];

export interface ProfiledTimes {
  readonly spawnedMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Null when node left none. */
export async function readProfile(
  folder: string,
  { keep, name }: { readonly keep: string; readonly name: string },
  { spawnedMs, fromMs, toMs }: ProfiledTimes,
): Promise<TakenProfile | null> {
  const [found] = await readdir(folder).catch(() => []);
  if (found === undefined) return null;
  await mkdir(keep, { recursive: true });
  const file = join(keep, `${name}.cpuprofile`);
  await copyFile(join(folder, found), file);
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const from = (fromMs - spawnedMs - PROFILER_START_MS) * 1_000;
  const functions = selfTimes(profile, { from, to: from + (toMs - fromMs) * 1_000 });
  return { functions, parts: selfTimesByPart(functions), file };
}
