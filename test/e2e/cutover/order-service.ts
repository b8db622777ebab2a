/** The process of the new order service as an orchestrator keeps it: started again whenever it ends, killed when the plot says so. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as esbuild from 'esbuild';
import { createDatabase, withClient } from '../../../legacy-db/database.js';
import { compiledProject } from '../../dragoman/build.js';
import { guard } from '../../dragoman/guard.js';
import {
  type ConnectorConfig,
  createConnector,
  deleteConnector,
  waitUntilRunning,
  withDatabase,
} from '../../stack/connector.js';
import { projectDirectory } from '../../stack/directories.js';
import { patiently } from '../../stack/patience.js';
import type { Endpoints } from '../../stack/provider.js';
import { environmentOf, SERVICE, type ServiceSettings } from './settings.js';

const STOP_MAX_MS = 10_000;
const AGAIN_MS = 200;
const STANDS_STILL_MS = 60_000;

export interface OrderServiceOptions extends Omit<ServiceSettings, 'brokers' | 'database'> {
  readonly endpoints: Pick<Endpoints, 'kafka' | 'connect' | 'postgres'>;
  /** Lower-case letters, digits, underscores: of its database, its slot, its connector. */
  readonly name: string;
  readonly logFile: string;
}

export class OrderService {
  kills = 0;
  /** Ends that nobody asked for. */
  ownEnds = 0;
  /** What it said, by code. */
  readonly said = new Map<string, number>();
  readonly #options: OrderServiceOptions;
  readonly #entry: string;
  readonly #settings: ServiceSettings;
  #child: ChildProcess;
  #isClosed = false;

  private constructor(options: OrderServiceOptions, entry: string, database: string) {
    const { endpoints, legacy, contracts, namespace, pipeline, sourceSystem, eventSource } = options;
    this.#options = options;
    this.#entry = entry;
    this.#settings = {
      ...{ brokers: endpoints.kafka.bootstrapServers, database, legacy, contracts },
      ...{ namespace, pipeline, sourceSystem, eventSource },
    };
    this.#child = this.#start();
  }

  /** With its database, and Debezium's outbox event router over it; it may not own anything yet. */
  static async open(options: OrderServiceOptions): Promise<OrderService> {
    const url = new URL(options.legacy);
    url.pathname = `/${options.name}`;
    await createDatabase(url.href);
    const service = new OrderService(options, await compiledService(), url.href);
    await service.#untilSaid('JOINED');
    const { connect, postgres } = options.endpoints;
    const config = { ...(await connectorOf(options.name)), 'topic.prefix': `${options.namespace}.service` };
    const own = withDatabase(config, { connect, postgres: { ...postgres, database: options.name } });
    await createConnector(connect, options.name, own);
    await waitUntilRunning(connect, options.name);
    return service;
  }

  /** kill -9; a new one at once. */
  async kill(): Promise<void> {
    this.kills += 1;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** The market's door is open or closed: the service has taken it over, or is about to hand it back. */
  async untilDoor(market: string, isOpen: boolean): Promise<void> {
    const text = 'SELECT is_open FROM door.market WHERE market = $1';
    const holds = async (): Promise<boolean> => {
      const { rows } = await withClient(this.#settings.legacy, (client) =>
        client.query<{ is_open: boolean }>(text, [market]),
      );
      return (rows[0]?.is_open ?? false) === isOpen;
    };
    if (await patiently({ holds, signs: () => [...this.said.values()].join(), quietMaxMs: STANDS_STILL_MS })) return;
    throw new Error(`the door of ${market} is not ${isOpen ? 'open' : 'closed'}: see ${this.#options.logFile}`);
  }

  /** How far it has lived through the history of the legacy database. */
  lived(): Promise<bigint> {
    return withClient(this.#settings.database, async (client) => {
      const { rows } = await client.query<{ lsn: string }>('SELECT lsn FROM lived');
      return BigInt(rows[0]?.lsn ?? 0);
    });
  }

  /** Ids of the events that it has put into its outbox. */
  published(): Promise<readonly string[]> {
    return withClient(this.#settings.database, async (client) => {
      const { rows } = await client.query<{ id: string }>('SELECT id FROM dragoman_outbox WHERE partition IS NULL');
      return rows.map(({ id }) => id);
    });
  }

  /** It writes nothing any more. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_MAX_MS)]);
    this.#child.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    const { endpoints, name } = this.#options;
    await deleteConnector(endpoints.connect, name, { postgres: endpoints.postgres, slot: name, publication: name });
  }

  async #untilSaid(code: string): Promise<void> {
    const holds = (): boolean => (this.said.get(code) ?? 0) > 0;
    if (await patiently({ holds, signs: () => this.ownEnds, quietMaxMs: STANDS_STILL_MS })) return;
    throw new Error(`the order service never said ${code}: see ${this.#options.logFile}`);
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [this.#entry], {
      cwd: projectDirectory,
      env: { ...process.env, ...environmentOf(this.#settings) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const release = guard(child.pid ?? 0);
    const log = createWriteStream(this.#options.logFile, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${new Date().toISOString()} ${line}\n`);
        const code = /^\{"code":"(\w+)"/.exec(line)?.[1];
        if (code !== undefined) this.said.set(code, (this.said.get(code) ?? 0) + 1);
      });
    child.once('exit', (code, signal) => {
      release();
      log.end(`# has ended: ${code ?? signal ?? ''}\n`);
      if (code !== null && code !== 0) this.ownEnds += 1;
      if (!this.#isClosed)
        setTimeout(() => {
          if (!this.#isClosed) this.#child = this.#start();
        }, AGAIN_MS);
    });
    return child;
  }
}

/** The example's connector, with names of its own. */
async function connectorOf(name: string): Promise<ConnectorConfig> {
  const file = join(projectDirectory, 'docs', 'examples', SERVICE, 'connector.json');
  return {
    ...(JSON.parse(await readFile(file, 'utf8')) as ConnectorConfig),
    ...{ 'slot.name': name, 'publication.name': name },
    ...{ 'topic.creation.default.replication.factor': '1', 'topic.creation.default.partitions': '1' },
  };
}

/** One file, which starts in a fraction of the time that its sources take. @returns what node runs. */
async function compiledService(): Promise<string> {
  const outfile = join(dirname(dirname(await compiledProject())), 'cutover', 'service.js');
  await esbuild.build({
    entryPoints: [join(projectDirectory, 'test', 'e2e', 'cutover', 'service.ts')],
    ...{ outfile, bundle: true, packages: 'external', format: 'esm', platform: 'node', target: 'es2022' },
    logLevel: 'silent',
  });
  return outfile;
}
