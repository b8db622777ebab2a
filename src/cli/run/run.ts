/**
 * `dragoman run`: checks what it stands on, joins the group, runs the tasks that it is given, serves metrics and
 * probes, and ends in order on SIGTERM or SIGINT. A second signal ends at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { kafkaClient, type KafkaLog } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { type Inputs, KafkaGroup } from '../../adapters/kafka/group/group.js';
import { checkRights } from '../../adapters/kafka/ground/rights.js';
import { checkBrokers } from '../../adapters/kafka/ground/suitability.js';
import { createMissing, refuseOn, verifyTopics } from '../../adapters/kafka/ground/topics.js';
import { registryOf } from '../../adapters/registry/registry.js';
import { redisClient } from '../../adapters/redis/client.js';
import { checkRedis } from '../../adapters/redis/suitability.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { createMetrics } from '../../metrics/metrics.js';
import { internalTopics } from '../../pipeline/state/records.js';
import { toldTopics } from '../../pipeline/told/told-inputs.js';
import { startHttpServer } from '../../server/http-server.js';
import { createLogger, type Logger } from '../../server/logger.js';
import { spanObserver } from '../../telemetry/event-spans.js';
import { openSpans } from '../../telemetry/open.js';
import { openConsole } from '../console/open.js';
import { registrationsOf } from '../registry/registrations.js';
import { endInOrder } from './end.js';
import { EXIT } from '../exit.js';
import { type CommonOptions, configFolder, configOf, rulesOf } from '../load.js';
import { Members } from './members.js';
import { Reconciling } from './reconciling.js';
import { needsOf } from './rights.js';
import { outputPlans, sourcePlans } from '../topics/topic-plans.js';
import { version } from '../version.js';
import { inputTopics, tasksOf } from '../wiring.js';

export interface RunOptions extends CommonOptions {
  readonly createTopics?: boolean;
  readonly acceptTopics?: readonly string[];
  readonly acceptNames?: readonly string[];
}

/** What is open when start is refused is closed: a connection that stays would keep the process from ending. */
export async function runCommand(options: RunOptions): Promise<number> {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await runUntilTold(options, opened);
  } catch (error) {
    for (const close of opened.reverse()) await close().catch(() => undefined);
    throw error;
  }
}

async function runUntilTold(options: RunOptions, opened: (() => Promise<void>)[]): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const rules = await rulesOf(options, loaded);
  const logger = createLogger(config.log);
  const spans = await openSpans(config.telemetry, version, {
    failed: (reason) => logger.warn({ reason }, 'spans cannot be sent; events are published all the same'),
    recovered: () => logger.info('spans are sent again'),
  });
  if (spans !== null) opened.push(() => spans.close());
  const log: KafkaLog = (level, text, details) => logger[level]({ ...details, component: 'kafkajs' }, text);
  const kafka = kafkaClient(config.kafka, log);
  const admin = kafka.admin();
  opened.push(() => admin.disconnect());
  const registry = registryOf(config.registry);
  opened.push(() => Promise.resolve(registry?.close()));
  const metrics = createMetrics({ clock: { nowMs: Date.now }, version, rulesDigest: rules.digest });
  for (const { name, majorVersion, sunset } of rules.rules.contracts)
    if (sunset !== undefined) metrics.setSunset({ event: name, version: majorVersion }, Date.parse(sunset));
  await asking('Kafka cannot be reached', () => admin.connect());
  await checkGround(config, rules, admin, options.createTopics === true);
  const registrations = await untilAnswered(logger, () => registrationsOf(config, rules.rules, registry));

  // Every task has its series from the start, also one that another member runs.
  for (const task of tasksOf(config)) metrics.observer(task);
  const reconciling = new Reconciling({ config, rules, logger, folder: configFolder(options) });
  const memberConsole = openConsole({
    config,
    rules,
    logger,
    log,
    held: () => members.held.report(),
    checks: reconciling,
  });
  opened.push(async () => memberConsole?.close());
  const members: Members = new Members({
    ...{ config, rules, kafka, admin, logger, metrics, registry, registrations },
    observersOf: (task) => [
      ...(memberConsole?.observersOf(task) ?? []),
      ...reconciling.observersOf(task),
      ...(spans === null ? [] : [spanObserver(task, spans, { clock: { nowMs: Date.now }, ...config.telemetry })]),
    ],
    acceptedTopics: new Set(options.acceptTopics ?? []),
    acceptedNames: new Set(options.acceptNames ?? []),
  });
  const pipelines = Object.entries(config.pipelines);
  const told = toldTopics(rules.rules);
  const inputsOf = (existing: ReadonlySet<string>): Inputs =>
    new Map(pipelines.map(([name, { sources }]) => [name, [...inputTopics(sources, rules, existing), ...told]]));
  const settings = {
    groupId: config.namespace,
    shards: new Map(pipelines.map(([name, { shards }]) => [name, shards])),
    progressOf: (pipeline: string) => internalTopics(config.namespace, pipeline).progress,
    inputsOf,
    shared: new Set(told),
    config: config.kafka,
    queuedBytesMax: config.limits.queuedBytesMax,
  };
  const group = new KafkaGroup(kafkaClient(config.kafka, log), settings, members);
  const http = await startHttpServer({
    http: config.http,
    metrics,
    readiness: { group: () => group.isJoined, tasks: () => members.readiness() },
    startup: { group: () => group.isJoined },
    held: () => members.held.report(),
    warn: (text, fields) => logger.warn(fields, text),
    ...(memberConsole === null ? {} : { extend: memberConsole.extend }),
  });
  opened.push(
    () => http.close(),
    () => group.stop(),
    () => members.stop(),
  );
  logger.info({ version, digest: rules.digest, http: http.url, pipelines: pipelines.map(([name]) => name) }, 'started');
  const stopping = stopSignal(logger);
  await group.start();
  const end = await Promise.race([stopping, members.crashed]);
  reconciling.leave();

  const close = async (): Promise<void> => {
    await http.close();
    await memberConsole?.close();
    await spans?.close();
    registry?.close();
    await admin.disconnect();
  };
  await endInOrder({ members, group, close, logger });
  logger.info('stopped');
  return end;
}

const REGISTRY_AGAIN_MS = 5_000;

/** A registry that is away is waited for, and that is said. @throws DragomanError what does not pass by itself */
async function untilAnswered<T>(logger: Logger, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DragomanError) || error.disposition !== 'retry') throw error;
      logger.warn({ code: error.code }, error.message);
      await delay(REGISTRY_AGAIN_MS);
    }
  }
}

/** Refuses to start on ground that would break a guarantee. @throws DragomanError */
async function checkGround(config: Config, rules: LoadedRules, admin: Admin, createTopics: boolean): Promise<void> {
  await checkBrokers(admin, config.kafka);
  const outputs = outputPlans(config, rules);
  if (createTopics) await createMissing(admin, outputs);
  await checkRights(
    kafkaClient(config.kafka, () => undefined),
    needsOf(config, rules, await asking('Topics cannot be listed', () => admin.listTopics())),
  );
  const existing = await asking('Topics cannot be listed', () => admin.listTopics());
  refuseOn(await verifyTopics(admin, [...outputs, ...sourcePlans(config, rules, existing)]));
  const redis = redisClient(config.redis);
  try {
    await checkRedis(redis);
  } finally {
    redis.disconnect();
  }
}

function stopSignal(logger: Logger): Promise<number> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals += 1;
      if (signals > 1) process.exit(EXIT.internal);
      logger.info({ signal }, 'stopping');
      resolve(EXIT.ok);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
