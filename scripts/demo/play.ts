/** Plays a recording through the embedded pipeline, at the pace at which its records once came. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedRecord } from '../../src/adapters/files/recording.js';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { embedded } from '../../src/cli/rules/embedded.js';
import { partitionCounts, withPipeline } from '../../src/cli/rules/translate.js';
import { loadConfig } from '../../src/config/load.js';
import { DragomanError } from '../../src/errors.js';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import type { Decision } from './decision.js';

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
  const { log, task } = embedded({
    ...withPipeline(loaded.config, records),
    rules,
    partitions: partitionCounts(records),
    observe: (event) => {
      if (event.kind === 'decided') onDecision({ entry: event.entry, events: event.events });
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
