/** Plays a recording through the embedded pipeline, at the pace at which its records once came. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedRecord } from '../../src/adapters/files/recording.js';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { embedded } from '../../src/cli/rules/embedded.js';
import { partitionCounts, withPipeline } from '../../src/cli/rules/translate.js';
import { loadConfig } from '../../src/config/load.js';
import { DragomanError } from '../../src/errors.js';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import { type AggregateState, aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { RowSeen, RowTold } from '../../src/domain/state/journal-entry.js';
import type { Row } from '../../src/domain/tables/table.js';
import type { Decision } from './decision.js';
import type { Remembered } from './remembered.js';

export interface PlaySettings {
  readonly records: readonly RecordedRecord[];
  readonly rules: LoadedRules;
  /** Times the pace of the recording; Infinity plays without waiting. */
  readonly speed: number;
  readonly onDecision: (decision: Decision) => void;
}

/** Resolves when every record is read and everything that is complete is committed. @throws DragomanError what the pipeline refuses */
export async function play({ records, rules, speed, onDecision }: PlaySettings): Promise<void> {
  // Defaults only: a dragoman.yaml or a variable of the reader has no business in the demo.
  const loaded = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });
  const end = new End(records.length);
  const shown = new Shown();
  const { log, task } = embedded({
    ...withPipeline(loaded.config, records),
    rules,
    partitions: partitionCounts(records),
    observe: (event) => {
      if (event.kind === 'decided') onDecision(shown.decision(event));
      end.observe(event);
    },
  });
  const running = task.run();
  const startedMs = Date.now();
  const firstMs = records[0]?.timestampMs ?? 0;
  for (const { partition, ...record } of records) {
    const waitMs = startedMs + (record.timestampMs - firstMs) / speed - Date.now();
    if (waitMs > 1) await delay(waitMs);
    if (end.isReached) break;
    log.append(partition, record);
  }
  try {
    await Promise.race([end.reached, running]);
  } finally {
    task.stop();
    await running;
  }
}

/** Decisions with the values that changed, as the journal has them; and with what is known after them, of a snapshot too. */
class Shown {
  readonly #rows = new Map<string, AggregateState['rows']>();

  decision({ entry, events }: Extract<PipelineEvent, { kind: 'decided' }>): Decision {
    const name = aggregateText(entry);
    const [before, after] = [this.#rows.get(name) ?? {}, entry.state.rows];
    this.#rows.set(name, after);
    const rows = entry.rows.map((row) => told(row, before, after));
    return { entry: { ...entry, rows }, events, after: rememberedOf(entry.state) };
  }
}

function told(
  { table, key, op, changed }: RowSeen,
  before: AggregateState['rows'],
  after: AggregateState['rows'],
): RowTold {
  const values = (row: Row | undefined): Row =>
    Object.fromEntries(changed.flatMap((column) => (row?.[column] === undefined ? [] : [[column, row[column]]])));
  return { table, key, op, was: values(before[table]?.[key]), is: values(after[table]?.[key]) };
}

const rememberedOf = ({ rows, fired }: AggregateState): Remembered => ({
  rows,
  fired: Object.fromEntries(
    Object.entries(fired).map(([fact, occurrences]) => [fact, new Set(Object.keys(occurrences))]),
  ),
});

/** Idle with all records read, or told to wait for a person: there is none here. */
class End {
  readonly reached: Promise<void>;
  isReached = false;
  readonly #records: number;
  #read = 0;
  #settle: (refusal: DragomanError | null) => void = () => undefined;

  constructor(records: number) {
    this.#records = records;
    this.reached = new Promise((resolve, reject) => {
      this.#settle = (refusal) => {
        this.isReached = true;
        if (refusal === null) resolve();
        else reject(refusal);
      };
    });
    this.reached.catch(() => undefined); // seen by `play`, perhaps later
  }

  observe(event: PipelineEvent): void {
    if (event.kind === 'consumed') this.#read += event.records;
    if (event.kind === 'idle' && this.#read >= this.#records) this.#settle(null);
    if (event.kind === 'failed') this.#settle(new DragomanError(event.code, event.text));
  }
}
