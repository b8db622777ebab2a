/** What keeps cells, progress and offsets together, what is looked up, what is due, what is forgotten, and whose it is (R11, T2, T10, T17, T18, T19, T20, T21 of `src/pipeline/SPEC.md`), taken out. */
import type { Mutant, Patch } from './mutant.js';

const ANSWERS = 'src/adapters/kafka/write/answers.ts';
const DECIDE = 'src/pipeline/decide/decide.ts';
const LOOKUPS = 'src/pipeline/decide/lookups.ts';
const DECISIONS = 'src/pipeline/decide/decisions.ts';
const WRITER = 'src/pipeline/write/writer.ts';
const LEDGER = 'src/pipeline/state/ledger.ts';
const MEMORY = 'src/pipeline/state/memory.ts';
const TRANSLATE = 'src/translate/translate.ts';
const DRAFT = 'src/pipeline/decide/draft.ts';
const DECIDE_COMMAND = 'src/pipeline/commands/decide-command.ts';
const CUTTING = 'src/pipeline/state/cutting.ts';
const SPLIT = 'src/changeset/split.ts';
const SHARD = 'src/domain/shard.ts';
const PINS = 'src/translate/pins.ts';

/** Another offset than the predicted one would stop most writers that do what they must not. */
export const NOT_COMPARED: Patch = {
  file: ANSWERS,
  find: 'if (this.#bases.has(partition) && predicted !== undefined && predicted !== baseOffset)',
  replace: 'if (false)',
};

export const STATE_MUTANTS: readonly Mutant[] = [
  {
    rule: 'R11',
    name: 'r11-control-record-not-counted',
    histories: 'whole',
    what: 'predicted offsets leave out the record that ends a Kafka transaction, and nobody compares',
    patches: [
      {
        file: LEDGER,
        find: 'this.#next[topic][partition] = (this.#next[topic][partition] ?? 0) + 1;',
        replace: '',
      },
      NOT_COMPARED,
    ],
  },
  {
    rule: 'T17',
    name: 't17-timers-lost-on-take-over',
    histories: 'awaiting',
    what: 'a new owner does not look which timers there are',
    patches: [{ file: MEMORY, find: 'this.timers.reset(hours);', replace: 'this.timers.reset([]);' }],
  },
  {
    rule: 'T17',
    name: 't17-timer-stays',
    histories: 'awaiting',
    what: 'a state does not forget the timer that is decided',
    patches: [
      {
        file: TRANSLATE,
        find: 'const left = withTimer(state, timer.name, null);',
        replace: 'const left = state;',
      },
    ],
  },
  {
    rule: 'T17',
    name: 't17-transaction-goes-first',
    histories: 'awaiting',
    seed: 23,
    what: 'a transaction is decided before what was due before it',
    patches: [
      {
        file: DRAFT,
        find: 'if (isTimerFirst(inputs, input, next, { ...timing, nextMs })) break;',
        replace: '',
      },
    ],
  },
  {
    rule: 'T2',
    name: 't2-row-left-out',
    histories: 'whole',
    what: 'the store gets rows that the state topic does not',
    patches: [
      {
        file: DECISIONS,
        find: 'const record = cellRecord(this.#settings.topics.state, cell);',
        replace:
          "if (cell.field.startsWith('r')) continue;\n      const record = cellRecord(this.#settings.topics.state, cell);",
      },
    ],
  },
  {
    rule: 'T2',
    name: 't2-tombstone-left-out',
    histories: 'whole',
    what: 'a row that goes is deleted in the store, and stays in the state topic',
    patches: [
      {
        file: DECISIONS,
        find: 'const record = cellRecord(this.#settings.topics.state, cell);',
        replace:
          'if (cell.value === null) continue;\n      const record = cellRecord(this.#settings.topics.state, cell);',
      },
    ],
  },
  {
    rule: 'T2',
    name: 't2-progress-apart',
    histories: 'whole',
    what: 'the progress is committed in a Kafka transaction of its own',
    patches: [
      {
        file: WRITER,
        find: 'timeMs = await sink.commit({ records, offsets, metadata: toldWith(commit), bases: decisions.bases });',
        replace:
          'const apart = records.slice(decisions.records.length);\n' +
          '      if (decisions.records.length > 0) await sink.commit({ records: decisions.records, offsets, metadata: "", bases: decisions.bases });\n' +
          '      timeMs = await sink.commit({ records: apart, offsets, metadata: "", bases: new Map() });',
      },
    ],
  },
  {
    rule: 'T10',
    name: 't10-load-between-parts',
    histories: 'whole',
    seed: 3,
    what: 'what a save in several parts writes is forgotten with the first part, and loaded in the middle of it',
    patches: [
      { file: CUTTING, find: 'countMax: 1_000,', replace: 'countMax: 2,' },
      {
        file: MEMORY,
        find: 'const { first, last } = cutCells(cells);',
        replace: 'const { first, last } = cutCells(cells);\n    this.#states.stored(states, write);',
      },
    ],
  },
  {
    rule: 'T19',
    name: 't19-missing-is-none',
    histories: 'looking',
    seed: 3,
    what: 'a row of a lookup table that is not in memory is taken for none',
    patches: [{ file: DECIDE, find: 'if (lookups.isMissing)', replace: 'if (false)' }],
  },
  {
    rule: 'T19',
    name: 't19-asked-once-more-only',
    histories: 'looking',
    what: 'rules are asked again before what was missing is loaded',
    patches: [
      { file: LOOKUPS, find: 'await this.#load();', replace: 'this.#missing.clear();' },
      { file: LOOKUPS, find: 'roundsMax: LOOKED_ROWS_MAX + 1,', replace: 'roundsMax: 10,' }, // soon enough
    ],
  },
  {
    rule: 'T18',
    name: 't18-forgotten-comes-back',
    histories: 'whole',
    seed: 6,
    what: 'what is told of an order that was forgotten is kept',
    patches: [{ file: TRANSLATE, find: 'if (state?.isErased === true)', replace: 'if (false)' }],
  },
  {
    rule: 'T18',
    name: 't18-nothing-sealed',
    histories: 'whole',
    seed: 6,
    what: 'values of orders with personal columns stand in the journal in the clear',
    patches: [
      { file: DECISIONS, find: 'const seal = sealKey === undefined ? null :', replace: 'const seal = true ? null :' },
    ],
  },
  {
    rule: 'T18',
    name: 't18-row-index-stays',
    histories: 'whole',
    seed: 6,
    what: 'the row index goes on naming an order that was forgotten',
    patches: [
      {
        file: DECIDE_COMMAND,
        find: 'if (owned?.has(row) !== true && memory.owners.get(row) === owner) decisions.changeOwner(row, null);',
        replace: ';',
      },
    ],
  },
  {
    rule: 'T20',
    name: 't20-foreign-decided',
    histories: 'whole',
    shards: 2,
    what: 'a shard decides what it can read of the aggregates of others',
    patches: [
      {
        file: SPLIT,
        find: 'isShared ? changeSets.filter((each) => ownsAggregate(shard, each)) : changeSets',
        replace: 'changeSets',
      },
    ],
  },
  {
    rule: 'T20',
    name: 't20-partition-by-key',
    histories: 'whole',
    shards: 2,
    what: 'what a shard keeps for itself goes to the partition by its key, whoever has that',
    patches: [
      {
        file: SHARD,
        find: 'topic === own.state || topic === own.journal ? ownPartition(shard, partition) : partition',
        replace: 'partition',
      },
    ],
  },
  {
    rule: 'T21',
    name: 't21-decided-by-now',
    histories: 'pinning',
    what: 'an order that keeps its rules is decided by those of now',
    patches: [{ file: PINS, find: '(settings.pins?.of(now.name, state) ?? null)', replace: 'null' }],
  },
  {
    rule: 'T21',
    name: 't21-counts-lost',
    histories: 'pinning',
    what: 'how many orders keep which rules is not stored, so a start loads none of them',
    patches: [{ file: DECISIONS, find: 'for (const cell of pins) this.#put(cell);', replace: '' }],
  },
];
