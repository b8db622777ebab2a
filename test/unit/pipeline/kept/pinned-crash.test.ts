/** One fault at every call to the outside, after the rules changed: each order ends by the rules by which it began, and the counts are right. */
import { beforeAll, describe, expect, it } from 'vitest';
import { commandOf } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { digestOf, unpinnedOf, versionOf, Versions } from '../../../support/pipeline/versions.js';
import { hdrRow, SmallSource, type WrittenRow } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

const ready = (id: string): WrittenRow => ({ ...hdrRow(id, 'READY'), op: 'u' });
/** One transaction in each Kafka transaction. */
const settings = { limits: { transactionsMax: 1, rowsMax: 10_000, changeSetsMax: 1 } };

/** Order 1 began by `a`, before any rules were kept, and 2 and 3 by `b`; the others by `c`. */
const source = new SmallSource().transaction(hdrRow('1', 'OPEN'));
const first = source.records.slice();
source.transaction(hdrRow('2', 'OPEN')).transaction(hdrRow('3', 'OPEN'));
const second = source.records.slice(first.length);
source
  .transaction(hdrRow('4', 'OPEN'))
  .transaction(ready('1'))
  .transaction(ready('2'), ready('3'), hdrRow('5', 'READY'))
  .transaction(ready('4'));
const third = source.records.slice(first.length + second.length);
const forget = commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: '3' } });

async function made(): Promise<Versions> {
  const all = new Versions(first, [unpinnedOf('a'), versionOf('b'), versionOf('c')], { settings });
  await all.live('a');
  all.rig.play(second);
  await all.live('b');
  all.rig.command(forget);
  all.rig.play(third);
  return all;
}

const outcome = ({ told, kept, counted, rig }: Versions): unknown => ({
  ...{ told, kept, counted },
  decided: rig.journal().map(({ id, digest, outcome: what }) => `${id} ${what} ${digest.slice(0, 1)}`),
});

let calls: readonly string[];
let undisturbed: unknown;

beforeAll(async () => {
  const all = await made();
  const ports = withFault(all.rig.ports(), NO_FAULT, clearing(all.rig.store));
  await all.live('c', ports);
  calls = ports.calls;
  undisturbed = outcome(all);
});

describe('orders that keep their rules', () => {
  it('are told by them, and what is forgotten keeps none', () => {
    expect(undisturbed).toMatchObject({
      told: ['1 a: n', '2 b: n', '5 c: n', '4 c: n'],
      kept: { 1: 'a', 2: 'b', 3: undefined, 4: 'c', 5: 'c' },
      counted: { '': { count: 0, to: digestOf('a') }, a: { count: 1 }, b: { count: 1 }, c: { count: 2 } },
    });
    expect(calls.filter((name) => name === 'commit').length).toBeGreaterThan(4);
  });

  it.each(FAULTS)('%s, at whichever call: the same comes of it', async (fault) => {
    for (const [i, name] of calls.entries()) {
      const all = await made();
      const end = await all.live('c', withFault(all.rig.ports(), { call: i + 1, fault }, clearing(all.rig.store)));
      if (end.kind === 'crashed') await all.live('c');
      expect(outcome(all), `${fault}: call ${i + 1} (${name})`).toEqual(undisturbed);
    }
  });
});
