/**
 * Follows the transaction topic of a source, committed records only: how far its connector has come. The first END says where
 * streaming began, which is where the oracle's baseline ends. Numbers are those of {@link LegacySource.commitNumber}.
 */
import { ORDER_TABLES } from '../../legacy-db/oracle/history.js';
import { patiently } from '../stack/patience.js';
import { E2eError } from './e2e-error.js';
import { follow } from './follow.js';
import type { LegacySource } from './legacy-source.js';
import type { Scene } from './scene.js';

const POLL_MS = 50;

interface End {
  readonly status?: string;
  readonly id?: string;
  readonly data_collections?: readonly Counted[] | null;
}

interface Counted {
  /** Schema and table. */
  readonly data_collection: string;
  readonly event_count: number;
}

export class Boundaries {
  /** The first and the newest streamed commit. */
  first: bigint | undefined;
  newest = 0n;
  /** END records, replayed ones too. */
  ends = 0;
  /** END records of commits that had been passed before. */
  replayed = 0;
  /** Rows of an order's tables that came into Kafka, by the id of END (`752:26777968`); the most where END was sent more than once. */
  readonly rows = new Map<string, number>();
  readonly #waiting: ((commit: bigint) => void)[] = [];

  #end: () => Promise<void> = () => Promise.resolve();
  readonly #commitNumber: LegacySource['commitNumber'];

  private constructor(commitNumber: LegacySource['commitNumber']) {
    this.#commitNumber = commitNumber;
  }

  /** The topic exists. */
  static async follow(scene: Scene): Promise<Boundaries> {
    const boundaries = new Boundaries((id) => scene.legacy.commitNumber(id));
    boundaries.#end = await follow({
      kafka: scene.kafka(),
      topic: scene.transactionTopic,
      groupId: `${scene.namespace}-ends`,
      isolation: 'read_committed',
      maxWaitMs: 100,
      see: async ({ value }) => {
        const text = value === null ? '{}' : await (scene.registry?.text(value) ?? value.toString());
        boundaries.#note(text);
      },
    });
    return boundaries;
  }

  #note(text: string): void {
    const { status, id, data_collections: counts } = JSON.parse(text) as End;
    if (status !== 'END' || id === undefined) return;
    const commit = this.#commitNumber(id);
    this.first ??= commit;
    if (commit <= this.newest) this.replayed += 1;
    else this.newest = commit;
    this.rows.set(id, Math.max(this.rows.get(id) ?? 0, rowsOfOrders(counts ?? [])));
    this.ends += 1;
    this.#waiting.splice(0).forEach((resolve) => resolve(commit));
  }

  /** The commit of the next END that arrives. @throws E2eError STREAM_SILENT */
  async next(timeoutMs: number): Promise<bigint> {
    let commit: bigint | undefined;
    this.#waiting.push((arrived) => (commit = arrived));
    await this.until('another END', () => commit !== undefined, timeoutMs);
    return commit ?? 0n;
  }

  /** @param quietMaxMs so long without another END. @throws E2eError STREAM_SILENT */
  async until(what: string, holds: () => boolean, quietMaxMs: number): Promise<void> {
    if (await patiently({ holds, signs: () => this.ends, quietMaxMs, pollMs: POLL_MS })) return;
    const text = `${what} did not come, and no other for ${quietMaxMs / 1000} s; look at the worker's log`;
    throw new E2eError('STREAM_SILENT', text);
  }

  close(): Promise<void> {
    return this.#end();
  }
}

function rowsOfOrders(counts: readonly Counted[]): number {
  const own = counts.filter(({ data_collection: name }) =>
    ORDER_TABLES.includes(name.slice(name.lastIndexOf('.') + 1)),
  );
  return own.reduce((sum, { event_count: rows }) => sum + rows, 0);
}
