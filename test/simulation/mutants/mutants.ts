/**
 * The rules R1 to R11 and what readers of Kafka promise (T5, T7, T8; `src/pipeline/SPEC.md`), each taken out of the real code in one or more
 * ways. The simulation has to find every one; a text to replace that is no longer there exactly once fails the build, so that mutants follow the code.
 */
import type { Mutant, Patch } from './mutant.js';
import { JOURNAL_MUTANTS } from './journal.js';
import { ROUTES_MUTANTS } from './routes.js';
import { NOT_COMPARED, STATE_MUTANTS } from './state.js';

export type { Mutant, Patch } from './mutant.js';

const SINK = 'src/adapters/kafka/write/sink.ts';
const NEWEST = 'src/adapters/kafka/read/newest-records.ts';
const STORE = 'src/adapters/redis/store.ts';
const RECOVERY = 'src/pipeline/recover/recovery.ts';
const RESTORE = 'src/pipeline/recover/restore.ts';
const PACKING = 'src/pipeline/recover/packing.ts';
const BATCHES = 'src/adapters/kafka/read/record-batches.ts';
const FETCHER = 'src/adapters/kafka/read/fetcher.ts';
const LOAD = 'src/adapters/redis/lua/load.lua';
const WRITE = 'src/adapters/redis/lua/write.lua';
const EVENT_ID = 'src/domain/event-id.ts';

const RETRIES: Patch = {
  file: SINK,
  find: 'retry: { retries: 0 },',
  replace: 'retry: { retries: 5, initialRetryTime: 20 },',
};

export const MUTANTS: readonly Mutant[] = [
  {
    rule: 'R1',
    name: 'r1-internal-retries',
    histories: 'counting',
    what: 'kafkajs may retry inside a send, and nobody compares offsets',
    patches: [RETRIES, NOT_COMPARED],
  },
  {
    rule: 'R1',
    name: 'r1-no-result-check',
    histories: 'counting',
    seed: 16,
    what: 'kafkajs may retry inside a send, and nobody looks whether every partition was written',
    patches: [RETRIES, { file: SINK, find: 'if (missing.size > 0) {', replace: 'if (missing.size > 1_000) {' }],
  },
  {
    rule: 'R1',
    name: 'r1-offsets-not-compared',
    histories: 'counting',
    seed: 34,
    what: 'nobody looks whether records got the offsets that were predicted',
    patches: [NOT_COMPARED],
  },
  {
    rule: 'R2',
    name: 'r2-id-per-process',
    histories: 'counting',
    seed: 4,
    what: 'each process has a transactional.id of its own',
    patches: [
      {
        file: SINK,
        find: 'this.#settings = settings;',
        replace:
          'this.#settings = { ...settings, transactionalId: settings.transactionalId + globalThis.crypto.randomUUID() };',
      },
    ],
  },
  {
    rule: 'R3',
    name: 'r3-unknown-is-failure',
    histories: 'counting',
    seed: 2,
    what: 'a commit without an answer counts as failed, and the batch is sent again',
    patches: [
      {
        file: SINK,
        find: 'commit({ records, offsets, metadata, bases }: Commit): Promise<number> {',
        replace:
          'commit(all) { return this.once(all).catch(async () => { await this.fence(); return await this.commit(all); }); }\n' +
          '  once({ records, offsets, metadata, bases }: Commit): Promise<number> {',
      },
      NOT_COMPARED,
    ],
  },
  {
    rule: 'R3',
    name: 'r3-unknown-is-success',
    histories: 'whole',
    seed: 13,
    what: 'a commit without an answer counts as done',
    patches: [
      {
        file: SINK,
        find: 'await transaction.commit();',
        replace: 'await transaction.commit().catch(() => undefined);',
      },
    ],
  },
  {
    rule: 'R3',
    name: 'r3-same-producer',
    histories: 'counting',
    seed: 2,
    what: 'after a failed send the batch is sent again by the same producer',
    patches: [
      {
        file: SINK,
        find: 'return await run(await producer.transaction());',
        replace:
          'const transaction = await producer.transaction();\n' +
          '      return await run(transaction).catch(async () => { await transaction.abort(); return run(await producer.transaction()); });',
      },
      NOT_COMPARED,
    ],
  },
  {
    rule: 'R4',
    name: 'r4-late-fence',
    histories: 'counting',
    seed: 6,
    what: 'progress and ends are read first, and the former owner is fenced with the first commit',
    patches: [
      {
        file: SINK,
        find: 'for (let attempt = 1; ; attempt += 1) {',
        replace: 'if (!this.isDue) return;\n    for (let attempt = 1; ; attempt += 1) {',
      },
      {
        file: SINK,
        find: 'const producer = this.#producer;\n    if (producer === null) throw',
        replace:
          'if (this.#producer === null) { this.isDue = true; await this.fence().finally(() => (this.isDue = false)); }\n' +
          '    const producer = this.#producer;\n    if (producer === null) throw',
      },
      NOT_COMPARED,
    ],
  },
  {
    rule: 'R4',
    name: 'r4-early-progress',
    histories: 'counting',
    seed: 4,
    what: 'the progress is read before the former owner is fenced',
    patches: [
      {
        file: SINK,
        find: 'async fence(): Promise<void> {',
        replace: 'async fence() {\n    await this.#logEnds.connect();\n    this.early = [await this.progress()];',
      },
      {
        file: SINK,
        find: 'async progress(): Promise<FoundProgress | null> {',
        replace:
          'async progress() {\n    const { early } = this;\n    this.early = null;\n    if (early) return early[0];',
      },
    ],
  },
  {
    rule: 'R4',
    name: 'r4-probe-not-to-its-end',
    histories: 'counting',
    seed: 14,
    what: 'a probe for the newest progress counts as done when something of it was read',
    patches: [
      {
        file: NEWEST,
        find: 'if (nextOffset >= this.#to) this.#stepBack();',
        replace: 'this.#stepBack();',
      },
    ],
  },
  {
    rule: 'R5',
    name: 'r5-two-slots',
    histories: 'whole',
    blow: 'redis failover',
    seed: 17,
    what: 'states are in another slot than the marker, which fails over by itself',
    patches: [
      {
        file: STORE,
        find: '`${this.#prefix}${stored(hash)}`',
        replace: "`${this.#prefix.replace('}/', ':s}/')}${stored(hash)}`",
      },
    ],
  },
  {
    rule: 'R6',
    name: 'r6-no-compare',
    histories: 'whole',
    blow: 'redis write held up',
    seed: 7,
    what: 'the store is written whatever its marker is',
    patches: [{ file: WRITE, find: 'if place ~= ARGV[3] then', replace: 'if false then' }],
  },
  {
    rule: 'R7',
    name: 'r7-no-marker',
    histories: 'whole',
    blow: 'redis flush',
    seed: 410,
    what: 'states are read without looking at the marker',
    patches: [{ file: LOAD, find: 'if marker ~= ARGV[1] then', replace: 'if false then' }],
  },
  {
    rule: 'R8',
    name: 'r8-memory-not-copied',
    histories: 'whole',
    what: 'recovery copies the rows of a state, but not what rules remember',
    patches: [
      {
        file: PACKING,
        find: 'if (!this.#isPlain(piece)) this.#addOther(piece);',
        replace:
          'const { bytes: b, keyEnd: e } = this.#records;\n' +
          "    if (b.toString('latin1', e - 4, e) === ',\"\"]') piece.begin('~left', true), this.texts.add('out');\n" +
          '    else if (!this.#isPlain(piece)) this.#addOther(piece);',
      },
    ],
  },
  {
    rule: 'R8',
    name: 'r8-last-not-copied',
    histories: 'whole',
    what: 'recovery copies all but the last records of each partition, and leaves the rest to the rules',
    patches: [
      {
        file: RESTORE,
        find: "sink.walk('state', next, ends)",
        replace: "sink.walk('state', next, ends.map((end) => Math.max(0, end - 2)))",
      },
    ],
  },
  {
    rule: 'R9',
    name: 'r9-random-id',
    histories: 'whole',
    what: 'the id of an event is random',
    patches: [
      {
        file: EVENT_ID,
        find: 'JSON.stringify([contractText(contract, majorVersion), aggregateId, occurrence])',
        replace: 'JSON.stringify([contractText(contract, majorVersion), aggregateId, occurrence, Math.random()])',
      },
    ],
  },
  {
    rule: 'R9',
    name: 'r9-clock-id',
    histories: 'whole',
    what: 'the id of an event holds the time at which it was decided',
    patches: [
      {
        file: EVENT_ID,
        find: 'JSON.stringify([contractText(contract, majorVersion), aggregateId, occurrence])',
        replace: 'JSON.stringify([contractText(contract, majorVersion), aggregateId, occurrence, Date.now()])',
      },
    ],
  },
  {
    rule: 'R10',
    name: 'r10-missing-is-end',
    histories: 'whole',
    blow: 'redis flush',
    what: 'a missing marker counts as the end of the state topic',
    patches: [{ file: RECOVERY, find: 'from: isUsable ? from : null', replace: 'from: isUsable ? from : ends' }],
  },
  {
    rule: 'R10',
    name: 'r10-missing-is-fine',
    histories: 'whole',
    blow: 'redis flush',
    seed: 410,
    what: 'a marker that went missing counts as unchanged',
    patches: [{ file: LOAD, find: 'if marker ~= ARGV[1] then', replace: 'if marker and marker ~= ARGV[1] then' }],
  },
  {
    rule: 'T5',
    name: 't5-aborted-are-read',
    histories: 'whole',
    blow: 'redis flush',
    what: 'what aborted Kafka transactions wrote into the state topic is copied too',
    patches: [
      {
        file: BATCHES,
        find: 'return (attributes & TRANSACTIONAL) === 0 || !this.#producers.has(producerId);',
        replace: 'return true;',
      },
    ],
  },
  {
    rule: 'T5',
    name: 't5-cut-is-whole',
    histories: 'whole',
    blow: 'redis flush',
    seed: 13,
    what: 'a batch that was cut off counts as read',
    patches: [
      {
        file: BATCHES,
        find: 'if (end > bytes.length) break;',
        replace: 'if (end > bytes.length) { nextOffset = lastOffsetOf(bytes.subarray(at)) + 1; break; }',
      },
    ],
  },
  {
    rule: 'T8',
    name: 't8-told-before-commit',
    histories: 'whole',
    what: 'offsets are told to tools when their records are sent, and not when they are committed',
    patches: [
      {
        file: SINK,
        find: 'await this.#send(transaction, records, answers);',
        replace: 'this.#told.tell({ offsets, metadata });\n      await this.#send(transaction, records, answers);',
      },
    ],
  },
  {
    rule: 'T8',
    name: 't8-false-end-is-loss',
    histories: 'whole',
    blow: 'leader moved',
    what: 'a former leader that does not have the offset yet is believed that its records are gone',
    patches: [
      {
        file: FETCHER,
        find: 'if (start <= from || !this.#isWanted(name, from)) return false;',
        replace: 'if (!this.#isWanted(name, from)) return false;',
      },
    ],
  },
  ...STATE_MUTANTS,
  ...JOURNAL_MUTANTS,
  ...ROUTES_MUTANTS,
];
