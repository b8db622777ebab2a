/**
 * Real recordings against the truth that the database itself wrote down: every transaction, in commit order, with all its rows,
 * in every mode and whatever the order of the partitions.
 */
import { describe, expect, it } from 'vitest';
import type { Transaction } from '../../../src/domain/source/transaction.js';
import { readLines, readRecording } from '../../support/recordings.js';
import { bench, mixPartitions, sequence, TABLES } from '../../support/sequencing.js';

const RECORDINGS: Readonly<Record<'postgresql' | 'mariadb', readonly string[]>> = {
  postgresql: [
    '01-lifecycle',
    '02-interleaved',
    '03-toast',
    '04-key-change',
    '05-deletes-truncate',
    '05b-deletes-null-kept',
    '05c-truncate-skipped',
    '06-replay',
    '06b-crash-exactly-once',
    '06c-crash-frequent-offsets',
    '07-resnapshot',
    '07b-snapshot-open-transactions',
    '07c-snapshot-open-first',
    '08-incremental-snapshot',
    '11-ddl',
    '10-schemas-enabled',
    '12-bulk',
    '13-logical-message',
    '14-no-metadata',
    '16-heartbeats',
    '16b-heartbeats-no-query',
    '17-replica-identity-full',
    '18-as-consumed-live',
    '18b-as-consumed-late',
  ],
  mariadb: ['01-lifecycle', '02-interleaved', '06-replay', '06b-crash-exactly-once', '06c-crash-frequent-offsets'],
};
const FOLDERS = { postgresql: 'postgres', mariadb: 'mariadb' } as const;
/** The same records, consumed otherwise. */
const TRUTHS: Readonly<Record<string, string>> = { '18b-as-consumed-late': '18-as-consumed-live' };
const MIXES = 4;

interface Line {
  readonly n?: number;
  readonly txid?: number;
  readonly gtid?: string;
  readonly changes: readonly Change[];
}

interface Change {
  readonly table: string;
  readonly op: string;
  readonly key?: Readonly<Record<string, unknown>>;
  readonly before?: Readonly<Record<string, unknown>> | null;
  readonly row?: Readonly<Record<string, unknown>>;
}

const keyColumns = new Map(TABLES.map(({ name, key }) => [name.replace('oms.', ''), key]));

/** Keys that a transaction touched, each as often as it was: a key change is a `d` and a `c`. */
function touched({ changes }: Line): string[] {
  return changes
    .flatMap(({ table, op, key, before, row }) => {
      const columns = keyColumns.get(table);
      if (columns === undefined || op === 't') return []; // the tables ignore truncates
      const text = (from: typeof before): string =>
        `${table} ${columns.map((column) => String(from?.[column])).join('/')}`;
      const [after, old] = [text(key ?? row ?? before), text(before)];
      const isKeyChange =
        op === 'u' && before !== undefined && before !== null && columns.every((c) => c in before) && old !== after;
      return isKeyChange ? [old, after] : [after];
    })
    .sort();
}

const given = ({ changes }: Transaction): string[] =>
  changes.map(({ table, key }) => `${table.replace('oms.', '')} ${key}`).sort();

const idOf = ({ gtid, txid = 0 }: Line): string => gtid ?? String(txid % 2 ** 32);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const CASES = Object.entries(RECORDINGS).flatMap(([connector, names]) =>
  names.flatMap((name) =>
    (['exact', 'position'] as const)
      .filter((mode) => mode === 'position' || name !== '14-no-metadata')
      .map((mode) => ({ connector: connector as keyof typeof RECORDINGS, name, mode })),
  ),
);

describe.each(CASES)('$connector $name in $mode mode', ({ connector, name, mode }) => {
  const records = readRecording(`${FOLDERS[connector]}/${name}`);
  const truth = readLines<Line>(`${FOLDERS[connector]}/${TRUTHS[name] ?? name}.truth.ndjson`).filter(
    ({ n }) => n !== undefined,
  );
  const owed = truth.filter((line) => touched(line).length > 0);

  it('gives the committed transactions with all their rows, in commit order', () => {
    const next = random(7);
    for (let mix = 0; mix < MIXES; mix += 1) {
      const input = mix === 0 ? records : mixPartitions(records, next);
      const started = bench(input, { mode, connector });
      const out = sequence(input, started).filter((step) => step.kind === 'transaction');
      const from = owed.findIndex((line) => idOf(line) === out[0]?.id);
      const isUnseen = unseenBy(out);
      const expected = owed.slice(from).filter((line) => !isUnseen(line));
      // In position mode nothing says that the last one is whole: it waits for a row of a later one.
      if (mode === 'position') expected.pop();
      expect(out.map(({ id }) => id)).toEqual(expected.map(idOf));
      expect(out.map(given)).toEqual(expected.map(touched));
      expect(started.sequencer.status.heldRows === 0).toBe(mode === 'exact');
    }
  });

  /** Between two connectors nobody read (07), and the first ones are in the snapshot. */
  function unseenBy(out: readonly Transaction[]): (line: Line) => boolean {
    const recorded = new Set(out.map(({ id }) => id));
    const last = owed.at(-1);
    return (line) => name === '07-resnapshot' && line !== last && !recorded.has(idOf(line));
  }
});
