/** Counts rows that a snapshot has written to the table topics of a scene: proof that there was one. */
import { ORDER_TABLES } from './legacy-source.js';
import { readTopic } from './console-consumer.js';
import type { Scene } from './scene.js';
import type { CommonStack } from './tools.js';

/** @param incremental rows of incremental snapshots, else those of full ones. */
export async function countSnapshotRows(stack: CommonStack, scene: Scene, incremental: boolean): Promise<number> {
  let rows = 0;
  for (const table of ORDER_TABLES) {
    const topic = `${scene.prefix}.oms.${table}`;
    for (const { value } of await readTopic(stack, { topic, isolation: 'read_committed' })) {
      const envelope = JSON.parse(value === '' ? 'null' : value) as Envelope | null;
      if (envelope?.op === 'r' && (envelope.source.snapshot === 'incremental') === incremental) rows += 1;
    }
  }
  return rows;
}

interface Envelope {
  readonly op: string;
  readonly source: { readonly snapshot: string | null };
}
