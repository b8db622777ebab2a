/**
 * The show on real servers: opens a stack of its own, lets orders live in PostgreSQL, starts the connector in the middle of
 * it (so that the first orders come as a snapshot), runs Dragoman beside it, and takes everything down again, also after an
 * error and after Ctrl-C.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectorConfig } from '../../legacy-db/connector.js';
import { installLegacyDb, withClient } from '../../legacy-db/database.js';
import type { ExpectedEvent } from '../../legacy-db/oracle/expected-events.js';
import { expectedEvents } from '../../legacy-db/oracle/run-oracle.js';
import { runWorkload } from '../../legacy-db/workload/run-workload.js';
import { flowSchema } from '../../src/console/answers/flow.js';
import { internalTopics } from '../../src/pipeline/state/records.js';
import type { CompiledRules } from '../../src/rules/compile.js';
import { createConnector, waitUntilRunning, withDatabase } from '../../test/stack/connector.js';
import { openStack, type Stack } from '../../test/stack/stack.js';
import { NAMESPACE, PIPELINE, prepareDragoman, SOURCE, startDragoman } from './dragoman.js';
import { say } from './screen.js';
import type { Show } from './show.js';
import { TopicReader } from './topics.js';

export interface RealSettings {
  readonly orders: number;
  readonly provider: 'auto' | 'docker' | 'native';
  readonly rules: CompiledRules;
  readonly show: Show;
  /** Aborted: everything is taken down. */
  readonly signal: AbortSignal;
}

/** Row changes per second, so that 60 orders take about half a minute and a reader can follow. */
const ROWS_PER_SECOND = 40;
const CONNECTIONS = 3;
const ORDERS_ALIVE = 12;
const SEED = 7;
const SNAPSHOT_AFTER_MS = 3_000;
const LAST_EVENT_MAX_MS = 60_000;
/** After the last decision: what should not come has the time to come. */
const QUIET_MS = 1_000;
const POLL_MS = 50;

/** @returns what the oracle expects, or null when it was interrupted. @throws StackError, ProcessError, LegacyDbError */
export async function runReal(settings: RealSettings): Promise<readonly ExpectedEvent[] | null> {
  const cleanups: (() => Promise<unknown>)[] = [];
  const interrupted = new Promise<null>((resolve) => settings.signal.addEventListener('abort', () => resolve(null)));
  const running = live(settings, cleanups);
  running.catch(() => undefined); // after an interruption it fails, because its servers go
  try {
    return await Promise.race([running, interrupted]);
  } finally {
    const started = Date.now();
    for (const cleanup of cleanups.reverse()) await cleanup().catch((error: unknown) => say(String(error)));
    say(`servers are down again, their data is removed (${seconds(started)})`);
  }
}

async function live(
  settings: RealSettings,
  cleanups: (() => Promise<unknown>)[],
): Promise<readonly ExpectedEvent[] | null> {
  const { orders, show, signal } = settings;
  const stack = await openServers(settings, cleanups);
  const url = urlOf(stack);
  await installLegacyDb({ url, audit: true });
  const directory = await mkdtemp(join(tmpdir(), 'dragoman-demo-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const configFile = await prepareDragoman(directory, stack.endpoints);
  const reader = openReader(settings, stack);
  cleanups.push(() => reader.stop());
  if (signal.aborted) return null;
  const dragoman = startDragoman(configFile);
  cleanups.push(() => dragoman.stop());
  const ended = dragoman.exited.then(() => dragoman.assertAlive());
  ended.catch(() => undefined); // seen by who waits for it
  await reader.start();

  say(`orders begin to live; the connector starts ${SNAPSHOT_AFTER_MS / 1_000} s later`);
  show.begin();
  const pace = { rate: ROWS_PER_SECOND, connections: CONNECTIONS, ordersAlive: ORDERS_ALIVE, seed: SEED };
  const life = runWorkload({ url, orders, signal, ...pace });
  life.catch(() => undefined); // awaited below
  await Promise.race([delay(SNAPSHOT_AFTER_MS), ended]);
  await createConnector(stack.endpoints.connect, SOURCE, withDatabase(connectorConfig(), stack.endpoints));
  await waitUntilRunning(stack.endpoints.connect, SOURCE);
  await Promise.race([life, ended]);
  await Promise.race([allRead(reader, await lastCommit(url)), ended]);
  show.end();
  const { firstEndLsn } = reader;
  const expected = await expectedEvents(url, firstEndLsn === null ? {} : { sinceLsn: firstEndLsn - 1n });
  await stayed(dragoman.httpUrl, ended);
  return expected;
}

/** The console shows what was done, until whoever looks has seen enough; where nobody can say so, its address is told and that is all. */
async function stayed(address: string, ended: Promise<unknown>): Promise<void> {
  say(`the console says: ${await flowWords(address)}`);
  if (!process.stdin.isTTY) return say(`console: ${address} (it ends with the servers)`);
  say(`console: ${address} - look around; Enter takes the servers down`);
  process.stdin.resume();
  await Promise.race([once(process.stdin, 'data'), ended]);
  process.stdin.pause();
}

/** What the first page shows, by the API. */
async function flowWords(address: string): Promise<string> {
  const { pipelines, published } = flowSchema.parse(await (await fetch(`${address}/api/v1/flow`)).json());
  const [pipeline] = pipelines;
  const tasks = pipeline?.tasks.map(({ task, state }) => `${task} ${state ?? 'not run'}`).join(', ');
  const lag = pipeline?.sources.reduce((records, { lagRecords }) => records + (lagRecords ?? 0), 0);
  const events = published.series.flatMap(({ name, counts }) => (name === '' ? counts : [])).reduce((a, b) => a + b, 0);
  return `${tasks ?? ''}; ${lag ?? 0} records behind, ${pipeline?.parked?.total ?? 0} parked, ${events} events published`;
}

async function openServers({ provider, signal }: RealSettings, cleanups: (() => Promise<unknown>)[]): Promise<Stack> {
  const started = Date.now();
  say('starting PostgreSQL, Redis, Kafka and Kafka Connect; the first time, what is missing is downloaded');
  const opening = openStack({ provider, progress: say });
  // Also when the interruption comes while it is still opening.
  cleanups.push(async () => (await opening.catch(() => undefined))?.down());
  const stack = await opening;
  if (!signal.aborted) say(`servers are up (${seconds(started)})`);
  return stack;
}

function openReader({ rules, show }: RealSettings, { endpoints }: Stack): TopicReader {
  const { state, journal } = internalTopics(NAMESPACE, PIPELINE);
  const names = {
    ...{ state, journal, source: SOURCE },
    brokers: endpoints.kafka.bootstrapServers,
    contracts: rules.topics,
    transactions: `${SOURCE}.transaction`,
  };
  return new TopicReader(names, (decision) => show.decided(decision));
}

function urlOf({ endpoints: { postgres } }: Stack): string {
  const { user, password, host, port, database } = postgres;
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

/** Where the last transaction of the orders ends in the log of PostgreSQL. */
function lastCommit(url: string): Promise<string> {
  return withClient(url, async (client) => {
    await client.query('SELECT audit.read_commits()');
    const { rows } = await client.query<{ lsn: string | null }>(
      'SELECT max(end_lsn)::text AS lsn FROM audit.commit_log',
    );
    return rows[0]?.lsn ?? '0';
  });
}

/** Gives up after a while: the comparison then shows what is missing. */
async function allRead(reader: TopicReader, commitEndLsn: string): Promise<void> {
  const deadlineMs = Date.now() + LAST_EVENT_MAX_MS;
  while (!reader.hasReached(commitEndLsn) && Date.now() < deadlineMs) await delay(POLL_MS);
  await delay(QUIET_MS);
}

const seconds = (startedMs: number): string => `${Math.round((Date.now() - startedMs) / 1_000)} s`;
