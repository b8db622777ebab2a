/** The check `source` of a deployment: its databases, opened, and how far its states follow them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLasting } from '../../adapters/databases/rows/lasting.js';
import { openRows } from '../../adapters/databases/open.js';
import { asking } from '../../adapters/kafka/failure.js';
import { DATABASE_PASSWORD_VARIABLE } from '../../config/environment.js';
import type { Position } from '../../domain/source/position.js';
import { DragomanError } from '../../errors.js';
import { decodeMarker } from '../../pipeline/state/marker.js';
import { SourceCheck } from '../../reconcile/source/check.js';
import { SOURCE_CHECK } from '../../reconcile/source/judge.js';
import type { Followed, SourceDatabase } from '../../reconcile/source/ports.js';
import { planOf } from '../../reconcile/source/tables.js';
import { placeOf } from '../../sequence/frontier/log-place.js';
import { say } from '../exit.js';
import { endsOf, lagOf } from '../operator/reading/lag.js';
import { atMarker } from '../operator/reading/stored-states.js';
import { inputTopics } from '../wiring.js';
import type { DeployedPipeline, Deployment } from './deployment.js';

const sourcesOf = ({ config, pipeline }: DeployedPipeline) =>
  (config.pipelines[pipeline]?.sources ?? []).map((source) => ({
    source,
    database: config.reconcile.databases[source.name],
  }));

/** `source`, where the database of one of its sources is named. */
export const sourceChecks = (of: DeployedPipeline): readonly string[] =>
  sourcesOf(of).some(({ database }) => database !== undefined) ? [SOURCE_CHECK] : [];

/** @param tables to be compared; none: all. @throws DragomanError DATABASE_UNREADABLE, DRIVER_MISSING, RECONCILE_SCHEMA, COMMAND_INVALID */
export async function openSourceCheck(deployment: Deployment, tables: readonly string[]): Promise<SourceCheck> {
  const { rules, config, pipeline, shards, folder } = deployment;
  const all = sourcesOf(deployment);
  const databases: SourceDatabase[] = [];
  try {
    for (const { source, database } of all)
      if (database !== undefined)
        databases.push({
          name: source.name,
          rows: await opened(source.name, database.url, passwordOf(database.passwordFile, folder)),
          schemas: database.schemas,
        });
    const there = [];
    for (const database of databases) there.push({ ...database, tables: await database.rows.tables() });
    const isComplete = databases.length === all.length;
    const plan = planOf({ rules: rules.rules, databases: there, isComplete, wanted: tables });
    return new SourceCheck({
      ports: {
        databases,
        shards: shards.map(({ shard, store }) => ({
          shard,
          at: (read) => atMarker(store, (marker) => read(store, marker)),
        })),
        followed: () => followedBy(deployment),
        nowMs: Date.now,
        sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined), // aborted: it is over
      },
      ...{ plan, rules: rules.rules, qualifier: config.pipelines[pipeline]?.qualifier ?? null },
    });
  } catch (error) {
    await Promise.all(databases.map(({ rows }) => rows.end()));
    throw error;
  }
}

const opened = (source: string, address: string, password: string | null) =>
  openLasting({
    open: () => openRows(address, password),
    onAway: ({ message }) => say(`the database of ${source} is away, and is asked again: ${message}`),
  });

function passwordOf(file: string | null, folder: string): string | null {
  if (file === null) return process.env[DATABASE_PASSWORD_VARIABLE] ?? null;
  try {
    return readFileSync(resolve(folder, file), 'utf8').trim();
  } catch (cause) {
    throw new DragomanError('COMMAND_INVALID', `The password file ${file} cannot be read.`, { cause });
  }
}

/** By source, of the shard that is furthest behind; where a store does not have yet what was committed, nothing is said of how far that is. */
async function followedBy(deployment: Deployment): Promise<ReadonlyMap<string, Followed>> {
  const { admin, rules, shards } = deployment;
  const sources = sourcesOf(deployment).map(({ source }) => source);
  const existing = new Set(await asking('Topics cannot be listed', () => admin.listTopics()));
  const topicsOf = (source: (typeof sources)[number]): ReadonlySet<string> =>
    new Set(inputTopics([source], rules, existing).filter((topic) => existing.has(topic)));
  const ends = await endsOf(admin, [...new Set(sources.flatMap((source) => [...topicsOf(source)]))]);
  const progress = await deployment.progress();
  const commits = new Map(progress.map(({ task, committed }) => [task, committed?.progress.commit ?? 0]));
  for (const { store, task } of shards) {
    const marker = await store.marker();
    if (marker === null || decodeMarker(marker).commit < (commits.get(task) ?? 0)) return new Map();
  }
  return new Map(
    sources.map((source): [string, Followed] => {
      const { lagRecords } = lagOf(source.name, topicsOf(source), { shards: progress, ends, nowMs: Date.now() });
      const positions = progress.map(({ committed }) => committed?.progress.frontiers[source.name]?.position ?? null);
      // One by one as they arrive, transactions are numbered by us: the log of the database has no such place.
      const position = source.mode === 'arrival' ? null : lowest(positions);
      return [source.name, { position, isAtEnd: lagRecords === 0 }];
    }),
  );
}

function lowest(positions: readonly (Position | null)[]): Position | null {
  const places = positions.flatMap((position) => (position === null ? [] : [placeOf(position)]));
  return places.length < positions.length ? null : (places.sort()[0] ?? null);
}
