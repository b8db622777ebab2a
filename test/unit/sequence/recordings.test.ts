/** Real recordings against the truth that the database itself wrote down: every transaction, in commit order, with all its rows. */
import { describe, expect, it } from 'vitest';
import { readRecording, readTruth, type TruthTransaction } from '../../support/recordings.js';
import { bench, mixPartitions, sequence, TABLES } from '../../support/sequencing.js';

const RECORDINGS = [
  '01-lifecycle',
  '02-interleaved',
  '06-replay',
  '06b-crash-exactly-once',
  '06c-crash-frequent-offsets',
  '07-resnapshot',
  '07b-snapshot-open-transactions',
  '07c-snapshot-open-first',
  '08-incremental-snapshot',
  '11-ddl',
  '12-bulk',
  '16-heartbeats',
  '18-as-consumed-live',
];
const MIXES = 5;
const CONSUMED = new Set(TABLES.map(({ name }) => name.replace('oms.', '')));

const rowsOf = ({ changes }: TruthTransaction): number => changes.filter(({ table }) => CONSUMED.has(table)).length;

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe.each(RECORDINGS)('%s', (name) => {
  const records = readRecording(`postgres/${name}`);
  const truth = new Map(readTruth(`postgres/${name}`).map((line) => [String(line.commit_end_lsn), line]));

  it('gives the committed transactions with all their rows, whatever the order of the partitions', () => {
    const next = random(7);
    for (let mix = 0; mix < MIXES; mix += 1) {
      const input = mix === 0 ? records : mixPartitions(records, next);
      const started = bench(input);
      const transactions = sequence(input, started).filter((out) => out.kind === 'transaction');
      const given = transactions.map(({ id, position, changes }) => [id, String(BigInt(position)), changes.length]);
      const expected = transactions.map(({ position }) => {
        const line = truth.get(String(BigInt(position)));
        return [String((line?.txid ?? 0) % 2 ** 32), String(BigInt(position)), line === undefined ? -1 : rowsOf(line)];
      });
      expect(given).toEqual(expected);
      expect(transactions.map(({ position }) => position)).toEqual(transactions.map(({ position }) => position).sort());
      expect(started.sequencer.status).toMatchObject({ openTransactions: 0, heldRows: 0 });
      const last = [...truth.values()].filter((line) => rowsOf(line) > 0).at(-1);
      expect(String(BigInt(transactions.at(-1)?.position ?? 0))).toBe(String(last?.commit_end_lsn));
    }
  });
});
