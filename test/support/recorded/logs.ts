/** Recordings as logs: what had one timestamp became visible at once, and everything before it was visible then. */
import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import type { Step } from '../../../src/domain/source/transaction.js';
import { type ConsumerSettings, consumers } from '../delivery/consumer.js';
import { delivery } from '../delivery/deliveries.js';
import { deliver } from '../delivery/delivery.js';
import type { Log } from '../history/log.js';
import { readRecording } from '../recordings.js';

export interface Recorded extends ConsumerSettings {
  /** Below `test/recordings/`. */
  readonly name: string;
  /** How often a run of the tests reads it. */
  readonly runs: number;
}

const postgres = (name: string, runs: number, settings: ConsumerSettings = {}): Recorded => ({
  name: `postgres/${name}`,
  runs,
  ...settings,
});

/** All recordings that a sequencer can follow. Left out: 05 (TRUNCATE), 14 (no metadata), 15 and 15b (flattened). */
export const RECORDED: readonly Recorded[] = [
  postgres('01-lifecycle', 30),
  postgres('02-interleaved', 30),
  postgres('03-toast', 60),
  postgres('04-key-change', 60),
  postgres('05c-truncate-skipped', 60),
  postgres('06-replay', 8),
  postgres('06b-crash-exactly-once', 20),
  postgres('06c-crash-frequent-offsets', 20),
  postgres('07-resnapshot', 30),
  postgres('07b-snapshot-open-transactions', 80),
  postgres('07c-snapshot-open-first', 80),
  postgres('08-incremental-snapshot', 10),
  postgres('09a-types-precise', 80),
  postgres('09b-types-double', 80),
  postgres('09c-types-string', 80),
  postgres('09d-types-isostring', 80),
  postgres('09e-types-null-kept', 80),
  postgres('10-schemas-enabled', 15),
  postgres('11-ddl', 60),
  postgres('12-bulk', 4),
  postgres('13-logical-message', 80),
  postgres('16-heartbeats', 60),
  postgres('16b-heartbeats-no-query', 60),
  postgres('17-replica-identity-full', 30),
  postgres('18-as-consumed-live', 4),
];

/** In the order of the timestamps, in which the connector's one producer wrote. */
export function recordedLog(name: string): Log {
  const records = readRecording(name)
    .map((record, i) => ({ record, i }))
    .sort((a, b) => a.record.timestamp - b.record.timestamp || a.i - b.i)
    .map(({ record }) => record);
  const visible = records.flatMap(({ timestamp }, i) => (records[i + 1]?.timestamp === timestamp ? [] : [i + 1]));
  return { records, visible };
}

/** Read in other ways than in one go, a recording gives the same transactions. @returns how often. @throws AssertionError */
export function expectRecordedOrder(
  { name, ...settings }: Recorded,
  { seed, runs }: { seed: number; runs: number },
): number {
  const log = recordedLog(name);
  const start = consumers(log.records, settings);
  const wanted = transactionsOf(deliver(log, { seed: 1, restarts: 0, isBacklog: true }, start));
  fc.assert(
    fc.property(delivery, (each) => {
      equal(transactionsOf(deliver(log, each, start)), wanted);
    }),
    { numRuns: runs, seed },
  );
  return runs;
}

const transactionsOf = (out: readonly Step[]): string =>
  out
    .flatMap((step) => (step.kind === 'transaction' ? [step] : []))
    .map(({ position, changes }) =>
      [position, ...changes.map(({ op, table, key }) => `${op} ${table} ${key}`)].join(' '),
    )
    .join('\n');
