/** The frontier travels in the metadata of offsets, where room is short. */
import { expect, it } from 'vitest';
import type { Step } from '../../../../src/domain/source/transaction.js';
import type { Frontier } from '../../../../src/sequence/frontier/frontier.js';
import type { Sequencer } from '../../../../src/sequence/sequencer.js';
import { history } from '../../../support/recorded/histories.js';
import { bench, endsOf, partitionOf, read, sequence, transactionsOf } from '../../../support/sequencing.js';

const records = history('07-resnapshot');
const whole = sequence(records);
const endsIn = (out: readonly Step[]): Step[] => out.filter(({ kind }) => kind === 'snapshot-end');

/** What another process hands on that goes on from here. */
function restarted({ frontier, needed }: { frontier: Frontier; needed: ReadonlyMap<string, number> }): Step[] {
  const again = bench(records, { from: needed, frontier: JSON.parse(JSON.stringify(frontier)) as Frontier });
  const rest = records.filter((record) => record.offset >= (needed.get(partitionOf(record)) ?? 0));
  return sequence(rest, again);
}

it('names the tables of a snapshot until it is over, and a restart after that hands on the same', () => {
  const ends = endsOf(records);
  const started = bench(records);
  const { sequencer } = started;
  const seen = { under: 0, over: 0 };
  let out = 0;
  const check = ({ frontier }: Pick<Sequencer, 'frontier'>): void => {
    const { snapshot } = frontier;
    if (snapshot?.isOver === false && snapshot.tables.length > 0) seen.under += 1;
    if (snapshot?.isOver !== true) return;
    seen.over += 1;
    expect(snapshot.tables).toEqual([]);
    const rest = restarted({ frontier, needed: sequencer.needed() });
    expect(transactionsOf(rest)).toEqual(transactionsOf(whole.slice(out)));
    expect(endsIn(rest)).toEqual(endsIn(whole.slice(out)));
  };
  for (const record of records) read(started, record);
  for (;;) {
    const step = sequencer.peek();
    if (step !== undefined) {
      out += 1;
      sequencer.advance();
      check(sequencer);
    } else if (sequencer.wantsBounds) sequencer.settle(ends);
    else break;
  }
  expect(seen.under).toBeGreaterThan(0);
  expect(seen.over).toBeGreaterThan(0);
});
