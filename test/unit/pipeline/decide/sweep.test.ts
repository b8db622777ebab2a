/** A sweep over many states: in parts, without keeping them. */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import type { SnapshotEnd } from '../../../../src/domain/source/transaction.js';
import type { AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { dueSweep, sweep } from '../../../../src/pipeline/decide/sweep.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { SourceInput } from '../../../../src/pipeline/read/input.js';
import type { Cell } from '../../../../src/pipeline/ports.js';
import { COLUMNS } from '../../../../src/pipeline/state/cells.js';
import { ColumnLists } from '../../../../src/pipeline/state/column-lists.js';
import { Memory } from '../../../../src/pipeline/state/memory.js';
import { changedParts } from '../../../../src/pipeline/state/parts.js';
import { library } from '../../translate/library.js';
import { PART_LIMITS } from '../../../../src/domain/state/queue.js';

const rules = library();
const STATES = 100_000;
const CACHE_BYTES = 1_000_000;
/** All states, parsed, would take ten times as much. */
const HEAP_BYTES_MAX = 8_000_000;
const END: SnapshotEnd = {
  ...{ kind: 'snapshot-end', source: 'legacy', tables: ['l.loan'], commitTimeMs: 0 },
  generation: positionOf('20'),
};

/** A source that stands at the end of a snapshot, as a sequencer hands it on. */
const input = { name: 'legacy', epoch: 0, sequencer: { peek: () => END, frontier: { position: positionOf('10') } } };

/** Every loan was streamed and is not in the snapshot; every tenth was streamed after it. */
const stateOf = (number: number): AggregateState => ({
  rows: { 'l.loan': { [number]: { id: String(number), status: 'open', reader: null, pin: null, remarks: null } } },
  ...{ fired: {}, sequences: {}, parked: null },
  at: { legacy: positionOf(number % 10 === 0 ? '30' : '10') },
});

async function stored(states: number, observe: (event: PipelineEvent) => void = () => undefined): Promise<Memory> {
  const store = new MemoryStore();
  const lists = new ColumnLists();
  const cellsOf = (hash: string, state: AggregateState): Cell[] =>
    [...changedParts(null, state, lists).parts].map(([field, value]) => ({ hash, field, value }));
  const cells = Array.from({ length: states }, (_, i) => cellsOf(`loan:${i}`, stateOf(i))).flat();
  const fresh = lists.takeFresh().map(([field, value]) => ({ hash: COLUMNS, field, value }));
  await store.save(null, 'here', [...cells, ...cellsOf('gone:1', stateOf(1)), ...fresh]);
  const ledger = { topics: { state: 's', journal: 'j' }, partitionOf: () => 0 };
  const memory = new Memory({
    store,
    clock: { nowMs: () => 0 },
    random: randomBytes,
    observe,
    bytesMax: CACHE_BYTES,
    parts: PART_LIMITS,
    ...ledger,
  });
  await memory.reset('here', { state: [0], journal: [0] });
  return memory;
}

const due = () => dueSweep([input as unknown as SourceInput])!;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a sweep of 100,000 states', () => {
  it('gives those that need it in parts of the size asked for, and holds no more than one part', async () => {
    const calls: number[] = [];
    const memory = await stored(STATES, (event) => event.kind === 'stored' && calls.push(event.keys));
    const seen = new Uint8Array(STATES);
    collectGarbage();
    const heap = process.memoryUsage().heapUsed;
    let [heapMax, states, partMax] = [0, 0, 0];
    for await (const part of sweep(due(), { memory, rules, changeSetsMax: 500 })) {
      partMax = Math.max(partMax, part.changeSets.length);
      for (const { id } of part.changeSets) seen[Number(id)] = 1;
      if (part.states - states < 5_000) continue;
      states = part.states;
      collectGarbage();
      heapMax = Math.max(heapMax, process.memoryUsage().heapUsed - heap);
    }
    expect(seen.reduce((sum, each) => sum + each, 0)).toBe(STATES * 0.9);
    expect(partMax).toBe(500);
    expect(Math.max(...calls)).toBeLessThanOrEqual(1_000);
    expect(heapMax).toBeLessThan(HEAP_BYTES_MAX);
    expect(memory.state('loan:1')).toBeNull();
  });
});

describe('a state of an aggregate that no rule declares', () => {
  it('is passed over', async () => {
    const found: string[] = [];
    for await (const { changeSets } of sweep(due(), { memory: await stored(3), rules, changeSetsMax: 500 }))
      found.push(...changeSets.map(({ aggregate, id }) => `${aggregate} ${id}`));
    expect(found).toEqual(['loan 1', 'loan 2']);
  });
});
