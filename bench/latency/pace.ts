/**
 * When which source transaction of a backlog is due. A transaction comes as a whole, as a connector hands it on after its
 * commit: at the moment at which, at a steady rate, its last row changes. Pure, apart from reading the backlog.
 */
import { type Backlog, type OrderedRecord, transactionsOf, transactionTopic } from '../backlog/backlog.js';
import { BenchError } from '../bench-error.js';

export interface SourceTransaction {
  /** Without the position: `752` of `752:26777968`. */
  readonly id: string;
  /** Row changes. */
  readonly rows: readonly OrderedRecord[];
  /** BEGIN and END. */
  readonly boundaries: readonly OrderedRecord[];
}

export interface DueTransaction extends SourceTransaction {
  /** After the start. */
  readonly dueMs: number;
}

/** `752` of `752:26777968`, as BEGIN, END and the expected events name a transaction. */
export const idWithoutPosition = (id: string): string => id.slice(0, id.indexOf(':'));

/** In commit order. @throws BenchError BACKLOG_INVALID */
export function* sourceTransactions(backlog: Backlog): Generator<SourceTransaction> {
  const boundaryTopic = transactionTopic(backlog.source);
  const isBoundary = ({ partition }: OrderedRecord): boolean => backlog.partitions[partition]?.topic === boundaryTopic;
  for (const records of transactionsOf(backlog.directory, backlog.partitions)) {
    const boundaries = records.filter(isBoundary);
    const { id } = JSON.parse(boundaries.at(-1)?.record.value?.toString() ?? '{}') as { readonly id?: string };
    if (id === undefined)
      throw new BenchError('BACKLOG_INVALID', 'a source transaction has no END; remove the backlog');
    yield { id: idWithoutPosition(id), boundaries, rows: records.filter((record) => !isBoundary(record)) };
  }
}

export interface PaceOptions {
  readonly rowsPerSecond: number;
  /** What is due at this moment or later is left out. */
  readonly untilMs: number;
}

/** Hands out transactions when they are due, each once. */
export class Pace {
  readonly #source: Iterator<SourceTransaction>;
  readonly #options: PaceOptions;
  #rows = 0;
  #next: DueTransaction | null;

  constructor(source: Iterator<SourceTransaction>, options: PaceOptions) {
    this.#source = source;
    this.#options = options;
    this.#next = this.#read();
  }

  /** Null when all was handed out. */
  get nextDueMs(): number | null {
    return this.#next?.dueMs ?? null;
  }

  dueAt(elapsedMs: number): DueTransaction[] {
    const due: DueTransaction[] = [];
    for (; this.#next !== null && this.#next.dueMs <= elapsedMs; this.#next = this.#read()) due.push(this.#next);
    return due;
  }

  #read(): DueTransaction | null {
    const { value, done } = this.#source.next() as IteratorResult<SourceTransaction, undefined>;
    if (done === true) return null;
    this.#rows += value.rows.length;
    const dueMs = (this.#rows / this.#options.rowsPerSecond) * 1_000;
    return dueMs < this.#options.untilMs ? { ...value, dueMs } : null;
  }
}
