/** Counts rows that snapshots have written to the table topics of a scene: proof that there was one. */
import { consumeTopics } from '../../legacy-db/recording/consume.js';
import type { Scene } from './scene.js';

interface Envelope {
  readonly op?: string;
  readonly source?: { readonly snapshot: string | null };
}

const READ_MAX_MS = 60_000;

/** Rows of incremental snapshots, and those of full ones, of all connectors of the scene. */
export async function countSnapshotRows({ endpoints, prefix }: Scene): Promise<{ incremental: number; full: number }> {
  const brokers = endpoints.kafka.bootstrapServers;
  const records = await consumeTopics({ brokers, prefix, until: 'END', timeoutMs: READ_MAX_MS });
  const kinds = records
    .filter(({ topic, value }) => topic.includes('.oms.') && value !== null)
    .map(({ value }) => JSON.parse(value ?? '') as Envelope)
    .filter(({ op }) => op === 'r')
    .map(({ source }) => source?.snapshot === 'incremental');
  const incremental = kinds.filter(Boolean).length;
  return { incremental, full: kinds.length - incremental };
}
