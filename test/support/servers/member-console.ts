/** The console of a member over a pipeline in memory, by real HTTP: the desk and the pages of the product, with Kafka and Redis in memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeskPorts, MemberDesk } from '../../../src/cli/console/desk.js';
import type { ConsoleReads, ConsumerGroup, LastRecords } from '../../../src/cli/console/kafka-reads.js';
import { contextsOf } from '../../../src/cli/console/contracts.js';
import type { Desk } from '../../../src/cli/operator/desk.js';
import type { Config } from '../../../src/config/schema.js';
import { BoundedReads } from '../../../src/console/bounded.js';
import { addConsole, type ConsoleOptions } from '../../../src/console/console.js';
import { Outcomes } from '../../../src/console/watch/outcomes.js';
import { PublishedWatch } from '../../../src/console/watch/published-watch.js';
import { TaskWatch } from '../../../src/console/watch/task-watch.js';
import { WHOLE } from '../../../src/domain/shard.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import type { TaskSettings } from '../../../src/pipeline/task.js';
import { HeldTransactions } from '../../../src/server/held.js';
import { type HttpLimits, startHttpServer } from '../../../src/server/http-server.js';
import { showEvent } from '../../../src/why/event.js';
import { waitsFor } from '../../../src/why/waits-for.js';
import { makeToken, type Role } from '../../../src/server/tokens.js';
import { asked, outsideOf, settingsOf } from '../why/asked.js';
import { newestProgress } from '../pipeline/progress.js';
import { configOf, type Rig } from '../rig.js';

const PIPELINE = 'orders';
const NO_CHECKS: DeskPorts['checks'] = { names: () => [], begin: () => Promise.reject(new Error('there is none')) };

export interface MemberConsoleOptions {
  /** The pipeline, as far as it has lived. */
  readonly rig: Rig;
  /** By which what is decided is carried out; default: those of the rig. */
  readonly settings?: TaskSettings;
  /** Whose tokens there are; none: the loopback is open. */
  readonly roles?: readonly Role[];
  readonly http?: Partial<Config['http']>;
  readonly limits?: Partial<HttpLimits>;
  readonly live?: ConsoleOptions['live'];
  readonly nowMs?: () => number;
  /** What each has stored; default: one, as the rig has it. */
  readonly shards?: Desk['shards'];
  readonly groups?: readonly ConsumerGroup[];
  /** So long is waited for what becomes of a command. */
  readonly waitSeconds?: number;
  /** Default: there are none. */
  readonly checks?: DeskPorts['checks'];
  /** In the place of what the rig has. */
  readonly reads?: Partial<ConsoleReads>;
}

export interface MemberConsole {
  readonly url: string;
  /** By role. */
  readonly tokens: Readonly<Partial<Record<Role, string>>>;
  /** Null: there is none. */
  readonly tokensFile: string | null;
  readonly desk: MemberDesk;
  readonly warnings: readonly unknown[];
  /** What a task of this process tells. */
  tell(...events: readonly PipelineEvent[]): void;
  close(): Promise<void>;
}

export async function memberConsole(options: MemberConsoleOptions): Promise<MemberConsole> {
  const { rig, settings = rig.settings(), nowMs = Date.now, roles = [], live = {} } = options;
  const { rules: compiled, translate } = rig.settings();
  const rules = { rules: compiled, digest: translate.digest };
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-console-'));
  const made = roles.map((role) => ({ role, ...makeToken(role, `the-${role}`) }));
  const tokensFile = roles.length === 0 ? null : join(folder, 'tokens');
  if (tokensFile !== null) writeFileSync(tokensFile, made.map(({ line }) => `${line}\n`).join(''));
  const base = configOf();
  const config: Config = { ...base, http: { ...base.http, port: 0, tokensFile, ...options.http } };
  const watches = { tasks: new TaskWatch(), outcomes: new Outcomes(), held: new HeldTransactions() };
  const published = new PublishedWatch(contextsOf(rules.rules), nowMs);
  const observers = [watches.tasks, watches.outcomes, watches.held].map((watch) => watch.observer(PIPELINE));
  const tell = (...events: readonly PipelineEvent[]): void => {
    for (const event of events) for (const observe of [...observers, published.observe]) observe(event);
  };
  const carryOut = async (): Promise<void> => {
    const before = rig.told.length;
    await rig.live(rig.ports(), settings);
    tell(...rig.told.slice(before).filter(({ kind }) => kind !== 'state'));
  };
  const reads: ConsoleReads = { ...readsOf(rig, options.groups ?? [], carryOut), ...options.reads };
  const desk: Desk = {
    pipeline: PIPELINE,
    // As the rig has it then: it may be lost, and restored.
    get shards() {
      return options.shards ?? [{ shard: WHOLE, task: PIPELINE, store: rig.store }];
    },
    settings: () => Promise.resolve(settings),
    send: (command) => reads.send(command),
  };
  const warnings: unknown[] = [];
  const warn: DeskPorts['note'] = (text, fields) => void warnings.push({ text, ...fields });
  const memberDesk = new MemberDesk({
    ...{ config, rules, reads, published, nowMs, version: '1.2.3', bounded: new BoundedReads(), note: warn },
    ...{ desks: new Map([[PIPELINE, desk]]), tasks: watches.tasks, outcomes: watches.outcomes },
    why: (_, question) => asked(rig, question),
    event: (_, question) => showEvent(question, outsideOf(rig), settingsOf(rig)),
    waitsFor: (_, questions) => waitsFor(questions, outsideOf(rig), settingsOf(rig)),
    held: () => watches.held.report(),
    checks: options.checks ?? NO_CHECKS,
    ...(options.waitSeconds === undefined ? {} : { waitSeconds: options.waitSeconds }),
  });
  const server = await startHttpServer({
    http: config.http,
    metrics: { contentType: 'text/plain', render: () => Promise.resolve('up 1\n') },
    readiness: {},
    startup: {},
    held: () => watches.held.report(),
    warn,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    extend: (app, gate) => addConsole(app, gate, { desk: memberDesk, publicUrl: config.http.publicUrl, warn, live }),
  });
  return {
    url: `http://127.0.0.1:${new URL(server.url).port}`,
    tokens: Object.fromEntries(made.map(({ role, token }) => [role, token])),
    ...{ tokensFile, desk: memberDesk, warnings, tell },
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function readsOf(rig: Rig, groups: readonly ConsumerGroup[], live: () => Promise<void>): ConsoleReads {
  const { log } = rig;
  const { topics } = rig.settings();
  const last = (topic: string): Promise<LastRecords> => {
    const all = log
      .records(`${topic}/0`)
      .map(({ offset, key, value }) => ({ offset, key: key ?? '', value: value ?? '' }));
    return Promise.resolve({ records: all, earlier: false });
  };
  return {
    topics: () => Promise.resolve(new Set(log.topics)),
    ends: (wanted) =>
      Promise.resolve(
        new Map(
          wanted
            .flatMap((topic) => log.partitionsOf(topic))
            .map((name) => [name, { first: log.first(name), end: log.end(name) }]),
        ),
      ),
    progress: () =>
      Promise.resolve([
        { shard: WHOLE, task: PIPELINE, committed: { progress: newestProgress(rig), footprint: null } },
      ]),
    groups: () => Promise.resolve({ groups, notLookedAt: 0 }),
    newestMs: () => Promise.resolve(Date.parse('2026-11-21T10:00:00Z')),
    commands: () => last(topics.commands),
    deadLetters: () => last(topics.deadLetters),
    send: async (command) => {
      rig.command(command);
      const offset = log.end(`${topics.commands}/0`) - 1;
      await live();
      return offset;
    },
    close: () => Promise.resolve(),
  };
}
