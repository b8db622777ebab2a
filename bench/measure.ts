/** Runs what was asked for, one run after the other: never two at a time. */
import type { ProviderName } from '../test/stack/stack.js';
import type { Backlog } from './backlog/backlog.js';
import { drain, type DrainResult } from './drain/drain.js';
import type { DrainRun } from './drain/drain-report.js';
import { profileDrain, type ProfileResult } from './drain/profile.js';
import { withGround } from './ground.js';
import { say } from './say.js';
import { number } from './table.js';
import { alternating, type Variant } from './variants.js';

/** The same for every variant. */
export interface Subject {
  readonly backlog: Backlog;
  readonly provider: ProviderName | 'auto';
  readonly resumed: boolean;
  /** Laid over the config. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export async function measureDrain(subject: Subject, all: readonly Variant[], runs: number): Promise<DrainRun[]> {
  const done: DrainRun[] = [];
  for (const { name, build } of alternating(all, runs)) {
    const result = await withGround({ ...subject, build }, (ground) => drain(ground, subject));
    done.push({ variant: name, result });
    say(`drain ${done.length} of ${runs * all.length}, ${name}: ${line(result)}`);
  }
  return done;
}

export async function measureProfile(subject: Subject, { build }: Variant, keep: string): Promise<ProfileResult> {
  const profile = await withGround({ ...subject, build }, (ground) => profileDrain(ground, subject, keep));
  say(`profile: ${line(profile.result)}`);
  return profile;
}

function line({
  rowsPerSecond,
  cpuMicrosPerRow,
  peakMemoryMb,
  seconds,
  loadSeconds,
  events,
  troubles,
}: DrainResult): string {
  const { published, expected, missing, twice, unexpected } = events;
  return [
    `${number(rowsPerSecond)} rows/s`,
    `${number(cpuMicrosPerRow, 1)} CPU us/row`,
    `${number(peakMemoryMb)} MB`,
    `${number(seconds, 1)} s (loaded in ${number(loadSeconds, 1)} s)`,
    `events ${published} of ${expected}: missing ${missing}, twice ${twice}, unexpected ${unexpected}`,
    ...troubles.map((text) => `\n  ${text}`),
  ].join(', ');
}
