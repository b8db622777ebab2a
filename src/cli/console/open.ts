/** The console of a running member, wired: what watches its tasks, what it reads with, and the routes that it adds to the HTTP server. */
import type { KafkaLog } from '../../adapters/kafka/client.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { redisClient } from '../../adapters/redis/client.js';
import type { Config } from '../../config/schema.js';
import { BoundedReads } from '../../console/bounded.js';
import { addConsole } from '../../console/console.js';
import { Outcomes } from '../../console/watch/outcomes.js';
import { PublishedWatch } from '../../console/watch/published-watch.js';
import { TaskWatch } from '../../console/watch/task-watch.js';
import type { Observer } from '../../pipeline/events.js';
import type { HeldReport } from '../../server/held.js';
import type { HttpServerOptions } from '../../server/http-server.js';
import type { Logger } from '../../server/logger.js';
import type { Desk } from '../operator/desk.js';
import { storesOf } from '../operator/reading/stored-states.js';
import { version } from '../version.js';
import { taskSettings } from '../wiring.js';
import { contextsOf } from './contracts.js';
import { MemberDesk } from './desk.js';
import { KafkaReads } from './kafka-reads.js';
import type { ChecksPorts } from './reconciliation/decide.js';
import { WhyLooks } from './why.js';

export interface OpenConsole {
  /** What watches a task, by its name. */
  observersOf(task: string): readonly Observer[];
  readonly extend: NonNullable<HttpServerOptions['extend']>;
  close(): Promise<void>;
}

export interface ConsolePorts {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly logger: Logger;
  readonly log: KafkaLog;
  readonly held: () => HeldReport;
  readonly checks: ChecksPorts;
}

/** Null: the config says that there is none. Nothing is connected before somebody looks. */
export function openConsole({ config, rules, logger, log, held, checks }: ConsolePorts): OpenConsole | null {
  if (!config.http.console) return null;
  const nowMs = Date.now;
  const tasks = new TaskWatch();
  const outcomes = new Outcomes();
  const published = new PublishedWatch(contextsOf(rules.rules), nowMs);
  const reads = new KafkaReads(config, log);
  const redis = redisClient(config.redis);
  const stores = new Map(Object.keys(config.pipelines).map((name) => [name, storesOf(redis, config, name)] as const));
  const desks = new Map(
    [...stores].map(([pipeline, shards]): [string, Desk] => {
      const settings = taskSettings(config, pipeline, rules);
      const send: Desk['send'] = (command) => reads.send(command);
      return [pipeline, { pipeline, shards, settings: () => Promise.resolve(settings), send }];
    }),
  );
  const looks = new WhyLooks({ config, rules, stores, held });
  const note: HttpServerOptions['warn'] = (text, fields) => logger.warn(fields, text);
  const bounded = new BoundedReads();
  const desk = new MemberDesk({
    config,
    rules,
    desks,
    reads,
    tasks,
    published,
    outcomes,
    why: (pipeline, question) => looks.ask(pipeline, question),
    event: (pipeline, question) => looks.event(pipeline, question),
    waitsFor: (pipeline, questions) => looks.waitsFor(pipeline, questions),
    bounded,
    version,
    held,
    checks,
    nowMs,
    note,
  });
  return {
    observersOf: (task) => [tasks.observer(task), outcomes.observer(task), published.observe],
    extend: (app, gate) => addConsole(app, gate, { desk, publicUrl: config.http.publicUrl, warn: note }),
    close: async () => {
      redis.disconnect();
      await looks.close();
      await reads.close();
    },
  };
}
