/** The dragoman.yaml of a run: everything that is not said here has its default, as an installation would have it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Backlog } from '../backlog/backlog.js';

export const NAMESPACE = 'bench';

export interface ConfigOptions {
  readonly directory: string;
  readonly backlog: Pick<Backlog, 'source' | 'snapshotRows'>;
  readonly rules: string;
  readonly broker: string;
  readonly redis: { readonly host: string; readonly port: number };
  /** Laid over the top level: `{ commit: { lingerMs: 5 } }`. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Of the pipeline; default: it says nothing of them. */
  readonly shards?: number | undefined;
}

/** @returns its path. */
export async function writeConfig(options: ConfigOptions): Promise<string> {
  const { directory, backlog, rules, broker, redis, overrides, shards } = options;
  const beginning = backlog.snapshotRows > 0 ? 'snapshot' : 'empty';
  const config = {
    namespace: NAMESPACE,
    sourceSystem: 'legacy-orders',
    rules,
    pipelines: {
      orders: { sources: [{ name: backlog.source, beginning }], ...(shards === undefined ? {} : { shards }) },
    },
    kafka: { brokers: [broker] },
    redis: { url: `redis://${redis.host}:${redis.port}` },
    http: { port: 0 },
    ...overrides,
  };
  const path = join(directory, 'dragoman.yaml');
  await writeFile(path, stringify(config));
  return path;
}
