/**
 * What is measured in alternation: "A" is this checkout, "A2" the same files a second time (its difference from A is noise),
 * "B" another checkout. Rounds go forth and back (A A2 B, B A2 A), so that a machine that slows down favours nobody.
 */
import { projectDirectory } from '../test/stack/directories.js';
import { build, type Build } from './dragoman/build.js';
import { WITHOUT_TRANSACTIONS } from './dragoman/without-transactions.js';
import { WITHOUT } from './drain/exactly-once.js';

export interface Variant {
  readonly name: string;
  readonly build: Build;
}

export interface VariantOptions {
  /** To build in. */
  readonly directory: string;
  readonly control: boolean;
  /** The same rules for all variants; null: each checkout's own. */
  readonly rules: string | null;
}

export async function variants(options: VariantOptions, against: string | null): Promise<Variant[]> {
  const { directory, control, rules } = options;
  const a = await build({ name: 'a', checkout: projectDirectory, directory, rules });
  const all: Variant[] = [{ name: 'A', build: a }];
  if (control) all.push({ name: 'A2', build: a });
  if (against !== null) all.push({ name: 'B', build: await build({ name: 'b', checkout: against, directory, rules }) });
  return all;
}

/** This checkout, and the same files without Kafka transactions. */
export async function exactlyOnceVariants(options: VariantOptions): Promise<Variant[]> {
  const { directory, rules } = options;
  const all = await variants(options, null);
  const patches = WITHOUT_TRANSACTIONS;
  const without = await build({ name: 'without', checkout: projectDirectory, directory, rules, patches });
  return [...all, { name: WITHOUT, build: without }];
}

export function* alternating<T>(all: readonly T[], rounds: number): Generator<T> {
  for (let round = 0; round < rounds; round += 1) yield* inRound(all, round);
}

export const inRound = <T>(all: readonly T[], round: number): readonly T[] =>
  round % 2 === 0 ? all : [...all].reverse();
