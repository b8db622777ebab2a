/** Two owners, one of which does not know yet that it was fenced, copy the journal into the store at the same time. */
import { expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import type { JournalRecord, Sink } from '../../../../src/pipeline/ports.js';
import { copyJournal } from '../../../../src/pipeline/recover/copying.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

async function journal(): Promise<readonly JournalRecord[]> {
  const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await retailerRules(), journalPartitions: 1 });
  await rig.live();
  const { sink } = rig.ports();
  const records: JournalRecord[] = [];
  for await (const chunk of sink.readJournal([0], await sink.journalEnd())) records.push(...chunk);
  return records;
}

/** Gives the records in pieces of this size; waits before the second one. */
const cut = (
  records: readonly JournalRecord[],
  size: number,
  wait: Promise<void>,
): Pick<Sink, 'clusterId' | 'readJournal'> => ({
  clusterId: 'memory',
  async *readJournal() {
    for (let i = 0; i < records.length; i += size) {
      if (i > 0) await wait;
      yield records.slice(i, i + size);
    }
  },
});

it('in pieces that are cut elsewhere: neither takes the other for itself, and no state is missing', async () => {
  const records = await journal();
  const last = new Map(records.map(({ key, value }) => [key, (JSON.parse(value) as { state: unknown }).state]));
  const { rules } = await retailerRules();
  const store = new MemoryStore();
  const plan = { from: [0], to: [records.length], current: null, target: 'end', whole: true };
  const ports = { store, rules, clock: { nowMs: () => 0 }, observe: () => undefined };
  let goOn: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (goOn = resolve));
  const former = copyJournal({ ...ports, sink: cut(records, 3, stopped) }, plan);
  await expect(copyJournal({ ...ports, sink: cut(records, 10, Promise.resolve()) }, plan)).rejects.toMatchObject({
    code: 'MARKER_MOVED',
  });
  goOn();
  await former;
  const { states } = await store.scan('end', null);
  expect(new Map(states.map(([key, text]) => [key, JSON.parse(text) as unknown]))).toEqual(last);
});
