/**
 * One deployment with orders of its own for tests of how states are looked after: a connector, a contract topic of its own, the program
 * and its commands, and what is asked of its topics and its group.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigResourceTypes, ConfigSource } from 'kafkajs';
import { expect, vi } from 'vitest';
import { runWorkload } from '../../../legacy-db/workload/run-workload.js';
import { FROM_SOURCES } from '../../dragoman/command.js';
import { DragomanProcess } from '../../dragoman/process.js';
import { Cleanup } from '../../e2e/cleanup.js';
import { PostgresSource } from '../../e2e/postgres-source.js';
import { PIPELINE, Scene } from '../../e2e/scene.js';
import { projectDirectory } from '../../stack/directories.js';
import { CONSUMER_GROUPS, kafkaTool } from '../../stack/kafka-tool.js';
import { run, type RunResult } from '../../stack/native/run.js';
import { attachStack, type Stack } from '../../stack/stack.js';

export const ORDERS = 40;

export interface Line {
  readonly level: string;
  readonly check: string;
  readonly about: string;
}

export interface Started {
  readonly dragoman: DragomanProcess;
  /** Error codes that it logged, and what it said with them. */
  readonly codes: ReadonlyMap<string, string>;
}

const NOTHING = { aggregates: 0, cells: 0, orders: 0 };

export function jsonIn(output: string): Record<string, unknown> {
  return JSON.parse(output.split('\n').find((line) => line.startsWith('{"schema"')) ?? '{}') as Record<string, unknown>;
}

export class KeptOrders {
  readonly contractTopic: string;
  readonly exportFile: string;

  private constructor(
    readonly stack: Stack,
    readonly scene: Scene,
    readonly directory: string,
    readonly cleanup: Cleanup,
  ) {
    this.contractTopic = `${scene.namespace}.fulfillment`;
    this.exportFile = join(directory, 'states.ndjson');
  }

  /** With orders, all of them remembered; the pipeline is stopped. */
  static async open(stackFile: string): Promise<KeptOrders> {
    const cleanup = new Cleanup();
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-states-'));
    cleanup.add(() => rm(directory, { recursive: true }));
    const stack = (await attachStack(stackFile))!;
    const scene = await Scene.open({
      endpoints: stack.endpoints,
      directory,
      legacy: (endpoints, database) => new PostgresSource(endpoints, database),
    });
    cleanup.add(() => scene.remove());
    const kept = new KeptOrders(stack, scene, directory, cleanup);
    await kept.#fill();
    return kept;
  }

  close(): Promise<void> {
    return this.cleanup.run();
  }

  /** Contracts of this deployment alone: their topic is changed. */
  async #fill(): Promise<void> {
    const { scene, contractTopic } = this;
    const rules = join(this.directory, 'rules');
    cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
    for (const file of readdirSync(join(rules, 'contracts'))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(rules, 'contracts', name)))
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('orders.fulfillment', contractTopic));
    await scene.writeConfig(scene.configFile, rules);
    await this.cli('topics', '--sources');
    await scene.startConnector();
    await runWorkload({ orders: ORDERS, connections: 4, seed: 3, rate: 400, url: scene.legacy.url, keyChanges: false });
    const areThere = async (): Promise<void> => expect((await this.exported()).orders).toBeGreaterThanOrEqual(ORDERS);
    await this.running(() => vi.waitFor(areThere, { timeout: 300_000, interval: 500 }));
  }

  cli(...args: string[]): Promise<RunResult> {
    return this.cliOf(this.scene.configFile, ...args);
  }

  cliOf(configFile: string, ...args: string[]): Promise<RunResult> {
    return run(process.execPath, [...FROM_SOURCES, ...args, '-c', configFile], { directory: projectDirectory });
  }

  async doctor(): Promise<{ exitCode: number | null; lines: readonly Line[] }> {
    const { exitCode, output } = await this.cli('doctor', '--json', '--connect', this.scene.endpoints.connect.url);
    return { exitCode, lines: (jsonIn(output).lines ?? []) as Line[] };
  }

  async findings(): Promise<{ exitCode: number | null; kinds: Record<string, readonly string[]> }> {
    const { exitCode, output } = await this.cli('state', 'verify', '--json');
    const found = (jsonIn(output).findings ?? []) as { kind: string; examples: readonly string[] }[];
    return { exitCode, kinds: Object.fromEntries(found.map(({ kind, examples }) => [kind, examples])) };
  }

  async exported(): Promise<typeof NOTHING> {
    const { exitCode, output } = await this.cli('state', 'export', '--to', this.exportFile, '--json');
    if (exitCode !== 0) return NOTHING;
    const { aggregates, cells } = jsonIn(output);
    const orders = readFileSync(this.exportFile, 'utf8').match(/^\{"hash":"order:[^"]*","field":"",/gm) ?? [];
    return { aggregates: Number(aggregates), cells: Number(cells), orders: orders.length };
  }

  start(args: readonly string[] = [], configFile = this.scene.configFile): Started {
    const codes = new Map<string, string>();
    const dragoman = new DragomanProcess({
      configFile,
      logFile: join(this.directory, 'dragoman.log'),
      args,
      onLine: ({ code, msg }) => {
        if (code !== undefined) codes.set(code, msg);
      },
    });
    this.cleanup.add(() => dragoman.kill());
    return { dragoman, codes };
  }

  async running<T>(
    use: () => Promise<T>,
    args: readonly string[] = [],
    configFile = this.scene.configFile,
  ): Promise<T> {
    const { dragoman } = this.start(args, configFile);
    try {
      await dragoman.untilRunning();
      return await use();
    } finally {
      await dragoman.stop();
    }
  }

  /** Starts, is refused with `code` for this reason, and publishes nothing. @param accepted topics that are vouched for. */
  async refused(
    code: string,
    reason: RegExp,
    configFile = this.scene.configFile,
    accepted: readonly string[] = [],
  ): Promise<void> {
    const published = await this.recordsIn(this.contractTopic);
    const { dragoman, codes } = this.start(accepted.length === 0 ? [] : ['--accept-topics', ...accepted], configFile);
    try {
      await expect.poll(() => codes.get(code), { timeout: 60_000, interval: 100 }).toMatch(reason);
      expect(dragoman.runningSinceMs).toBeUndefined();
      expect(await this.recordsIn(this.contractTopic)).toBe(published);
    } finally {
      await dragoman.stop();
    }
  }

  stateTopic(namespace = this.scene.namespace): string {
    return `${namespace}.${PIPELINE}.state`;
  }

  async recordsIn(topic: string): Promise<number> {
    const ends = await this.scene.ask((admin) => admin.fetchTopicOffsets(topic));
    return ends.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** One setting; the others of the topic stay. */
  async alter(topic: string, setting: string, value: string): Promise<void> {
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
    await this.scene.withAdmin(async (admin) => {
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
      const own = resources.flatMap(({ configEntries }) =>
        configEntries.filter(
          ({ configSource, configName }) => configSource === ConfigSource.TOPIC_CONFIG && configName !== setting,
        ),
      );
      const others = own.map(({ configName, configValue }) => ({ name: configName, value: configValue }));
      const configEntries = [...others, { name: setting, value }];
      await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
    });
  }

  /** Deleted, and made again by our own command. */
  async makeAgain(topic: string, configFile = this.scene.configFile): Promise<void> {
    await this.scene.withAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await expect.poll(() => admin.listTopics(), { timeout: 20_000 }).not.toContain(topic);
    });
    expect((await this.cliOf(configFile, 'topics', '--sources')).exitCode).toBe(0);
  }

  /** Kafka's own tool, on the group under which offsets are told. */
  groups(...args: readonly string[]): Promise<string> {
    return kafkaTool(this.stack, CONSUMER_GROUPS, ['--group', `${this.scene.namespace}.${PIPELINE}`, ...args]);
  }

  /** Offsets of the group by partition; -1: none. */
  committed(topic: string): Promise<readonly number[]> {
    return this.scene.ask(async (admin) => {
      const [known] = await admin.fetchOffsets({ groupId: `${this.scene.namespace}.${PIPELINE}`, topics: [topic] });
      const partitions = [...known!.partitions].sort((a, b) => a.partition - b.partition);
      return partitions.map(({ offset }) => Number(offset));
    });
  }
}
