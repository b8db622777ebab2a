/**
 * One history: a legacy database and its connector by seed, two or three processes with the real task, servers that fail, until faults
 * stop and everything owed must come out. The seed alone decides everything.
 */
import { publishedOf } from '../../src/cli/contracts/published.js';
import { inputTopics } from '../../src/cli/wiring.js';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { type Shard, shardsOf } from '../../src/domain/shard.js';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import { shadowTopic } from '../../src/domain/ownership/topics.js';
import type { CommandRecord } from '../../src/pipeline/ports.js';
import { outputTopics } from '../../src/pipeline/state/records.js';
import type { TaskSettings } from '../../src/pipeline/task.js';
import { toldTopics } from '../../src/pipeline/told/told-inputs.js';
import { below, chosen } from '../support/choices.js';
import type { HistoryPlan } from '../support/history/plan.js';
import { configOf, Rig } from '../support/rig.js';
import { annotated, isByMia } from '../support/sources/intervening-rules.js';
import { chanceFates, weather } from './chance.js';
import { awaiting, awaitsOf } from './awaiting.js';
import { Checker } from './checker.js';
import { type Expected, expectedOf, owedOf, UNDECLARED } from './expected.js';
import { classed, type Forget, forgetRecord, forgetsOf, ordersAlone } from './forgetting.js';
import { Group, SESSION_MS } from './group.js';
import { InputLog } from './input-log.js';
import { Cluster } from './kafka/cluster.js';
import { type Ground, idOf, SCOPE, SimulatedMember, slotOf } from './member.js';
import { nemesis } from './nemesis.js';
import { planOf } from './plans.js';
import type { Process } from './process.js';
import { RedisDeployment } from './redis/deployment.js';
import { Moving, routeRecord } from './routes/moving.js';
import { begunLate, routed, routesPlanOf, type RoutesPlan } from './routes/plan.js';
import { Violation } from './violation.js';
import { type Fates, type Step, World } from './world.js';

export interface SimulationOptions {
  readonly seed: number;
  readonly rules: LoadedRules;
  /** Tasks of the pipeline; one when nothing is said. */
  readonly shards?: number;
  /** Marker and states may be in several slots, each replicated by itself: only to see that rule R5 is needed. */
  readonly crossSlot?: boolean;
  readonly trace?: boolean;
  /** Makes a history shorter: faults and blows that do not come, by number, and steps of the plan after which it ends. */
  readonly without?: Without;
  /** Only this kind of blow comes (`nemesis.ts`), many times. */
  readonly blow?: string | undefined;
  /** Orders are expected to come to something in time, whatever the seed says. */
  readonly isAwaiting?: boolean;
  /** Contracts move to a service and back. */
  readonly isRouted?: boolean;
  /** By plan instead of by chance: then there is no nemesis either, and one process until it ends. */
  readonly fates?: Fates;
  /** What happens in the legacy database, instead of what the seed says. */
  readonly plan?: HistoryPlan;
}

export interface Without {
  readonly faults: ReadonlySet<number>;
  readonly blows: ReadonlySet<number>;
  readonly stepsMax: number;
}

export interface Outcome {
  readonly seed: number;
  readonly violation: string | null;
  readonly steps: number;
  readonly eventsChecked: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly digest: number;
  readonly trace: readonly Step[];
  readonly virtualMs: number;
}

/** Short times, so that a history has many of them. */
const KAFKA = { ...configOf().kafka, requestTimeoutMs: 1_500, connectionTimeoutMs: 1_000, transactionTimeoutMs: 5_000 };
/** Time in which everything must have come out after faults have stopped. */
const CALM_MS = 600_000;
const RESTART_MS = 1_000;
/** Restart, session of the dead owner, recovery, and everything that a new owner does before it is idle. */
const LAST_TAKE_OVER_MS = 8_000;

export const simulate = (options: SimulationOptions): Promise<Outcome> => new Simulation(options).run();

class Simulation {
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #expected: Expected;
  /** Of each shard. */
  readonly #checkers: readonly Checker[];
  readonly #shards: readonly Shard[];
  readonly #ground: Ground;
  readonly #settings: TaskSettings;
  /** Orders keep the rules by which they began. */
  readonly #isPinned: boolean;
  /** Of the rules that each has. */
  readonly #digests = new Map<Process, string>();
  /** Null: it has not started yet. */
  readonly #members = new Map<Process, readonly SimulatedMember[] | null>();
  readonly #calmFromMs: number;
  /** Of which nothing is known yet. */
  #forgets: readonly Forget[];
  readonly #commands: CommandRecord[] = [];
  #commandsSent = 0;
  readonly #routes: RoutesPlan | null;
  #processes = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const { seed, without, shards = 1, crossSlot = false, isRouted = false } = options;
    this.#routes = isRouted ? routesPlanOf(seed, options.rules) : null;
    const rules = this.#routes === null ? options.rules : routed(options.rules, this.#routes);
    this.#shards = shardsOf(shards);
    const drawing = new World({ seed: seed + 1, fates: () => raise() }).random;
    this.#calmFromMs = options.fates === undefined ? 3_000 + drawing() * 15_000 : 2_000;
    const isSaid = rules.rules.annotations.length > 0;
    const any = isRouted ? begunLate(planOf(seed), seed) : planOf(seed);
    const plan = options.plan ?? (isSaid ? annotated(any, seed) : any);
    const steps = plan.steps.slice(0, without?.stepsMax);
    this.#expected = expectedOf({ ...plan, steps }, isSaid ? isByMia : undefined);
    const fates =
      options.fates ??
      chanceFates(
        weather(drawing, { calmFromMs: this.#calmFromMs, stopMs: SESSION_MS * 1.2 }),
        (n) => without?.faults.has(n) === true,
      );
    const world = new World({ seed, fates, trace: options.trace === true });
    this.#world = world;
    this.#forgets = options.fates === undefined && !isRouted ? forgetsOf(seed, ordersAlone(this.#expected)) : [];
    const isClassed = this.#forgets.length > 0;
    this.#isPinned = [...rules.rules.aggregates.values()].some(({ pin }) => pin === true);
    // The rules that orders keep wait for nothing.
    const isAwaiting = options.fates === undefined && !this.#isPinned;
    const awaits = isAwaiting ? awaitsOf(seed, options.isAwaiting === true) : null;
    const awaited = awaits === null ? rules.rules : awaiting(rules.rules, awaits);
    const rig = new Rig(this.#expected.records, { rules });
    this.#settings = {
      ...rig.settings(),
      rules: isClassed ? classed(awaited) : awaited,
      bundle: rules.bundle ?? null,
      compile: () => this.#settings.rules,
      limits: {
        transactionsMax: 1 + below(drawing, 3),
        rowsMax: 10_000,
        changeSetsMax: chosen(drawing, [1_000, 1, 2]),
      },
      watch: (run) => run(), // each of millions of drafts would cost a thread
      cacheBytesMax: chosen(drawing, [1, 1, 5_000, 64_000_000]),
    };
    const cluster = new Cluster(world);
    const redis = new RedisDeployment(world, {
      shards: 2,
      lagMs: chosen(drawing, [5, 500, 5_000]),
      crossSlot,
    });
    const { sources, topics } = this.#settings;
    const inputs = inputTopics(sources, rules, new Set(this.#expected.records.map(({ topic }) => topic)));
    const partitions = inputs.flatMap((topic) => partitionsOf(topic, this.#expected.records));
    for (const topic of inputs) cluster.createTopic(topic, partitionsOf(topic, this.#expected.records).length);
    cluster.createTopic(topics.journal, 2 * shards);
    cluster.createTopic(topics.state, 2 * shards);
    cluster.createTopic(topics.progress, shards);
    cluster.createTopic(topics.deadLetters, 1);
    for (const topic of rules.rules.topics) cluster.createTopic(topic, (1 + below(drawing, 2)) * shards);
    const told = toldTopics(rules.rules);
    for (const topic of told) cluster.createTopic(shadowTopic(topic), cluster.partitionsOf(topic).length);
    if (told.length > 0) cluster.createTopic(topics.ownership, 1);
    this.#checkers = this.#shards.map(
      (shard) =>
        new Checker({
          ...{ cluster, expected: owedOf(this.#expected, shard), group: idOf(shard), own: topics, shard },
          ...{ contractTopics: rules.rules.topics, isClassed, awaits, redisPrefix: slotOf(shard) },
          routes: this.#routes,
        }),
    );
    this.#ground = {
      ...{ cluster, redis, groups: this.#shards.map(() => new Group(world)), input: new InputLog(cluster, partitions) },
      kafkaConfig: KAFKA,
      commands: this.#commands,
      outputTopics: outputTopics(rules.rules, topics).filter((topic) => cluster.topics.has(topic)),
      toldTopics: told,
      observe: (event, process) => this.#observe(event, process),
      crashed: (process, error) => this.#crashed(process, error),
    };
    this.#watch();
  }

  /** Checks at the instant, ends the run at the end of the step. */
  #watch(): void {
    const guarded = (check: () => void): void => {
      try {
        check();
      } catch (error) {
        this.#world.fail(error);
      }
    };
    const { cluster, redis } = this.#ground;
    cluster.onFetchFault = (what) => this.#world.count(what);
    cluster.onDecided = (decided) => {
      this.#world.count(`Kafka transaction ${decided.kind === 'commit' ? 'committed' : 'aborted'}`);
      for (const checker of this.#checkers) guarded(() => checker.decided(decided));
      this.#sendForgets();
    };
    // In other slots than the marker states are not where the checker looks: what comes of it counts.
    if (this.#options.crossSlot !== true)
      redis.onChange = (server) => this.#checkers.forEach((checker) => guarded(() => checker.redisChanged(server)));
    this.#world.afterStep = () => this.#checkers.forEach((checker) => checker.afterStep());
  }

  async run(): Promise<Outcome> {
    let violation: string | null = null;
    try {
      await this.#live();
    } catch (error) {
      violation = error instanceof Violation ? error.message : `unexpected: ${String((error as Error).stack ?? error)}`;
    }
    const { steps, counts, digest, trace, nowMs } = this.#world;
    const eventsChecked = this.#checkers.reduce((sum, checker) => sum + checker.eventsChecked, 0);
    return { seed: this.#options.seed, violation, steps, eventsChecked, counts, digest, trace, virtualMs: nowMs };
  }

  async #live(): Promise<void> {
    const { fates, without } = this.#options;
    const { random } = this.#world;
    this.#ground.input.feed(
      this.#world,
      { records: this.#expected.records, visible: this.#expected.visible },
      this.#calmFromMs * 0.6,
    );
    for (let left = fates === undefined ? 1 + below(random, 3) : 1; left > 0; left -= 1) this.#start(0);
    if (fates === undefined)
      nemesis({
        ...{ world: this.#world, ...this.#ground, calmFromMs: this.#calmFromMs },
        processes: () => [...this.#members.keys()].filter(({ isDead }) => !isDead),
        redeploy: (process) =>
          void Promise.all((this.#members.get(process) ?? []).map((member) => member.stop())).then(() =>
            process.kill(),
          ),
        blow: this.#options.blow,
        isLeftOut: (n) => without?.blows.has(n) === true,
      });
    const moving = this.#routes && this.#moving(this.#routes);
    this.#supervise();
    const isOver = (): boolean =>
      this.#world.nowMs >= this.#calmFromMs &&
      this.#ground.input.isComplete &&
      moving?.isOver !== false &&
      this.#checkers.every((checker) => checker.isDoneWith(this.#commandsSent) && checker.lacking() === null);
    await this.#world.run(isOver, this.#calmFromMs + CALM_MS);
    // Somebody else takes over and finds that nothing is left to do.
    for (const process of this.#members.keys()) process.kill();
    await this.#world.run(() => false, this.#world.nowMs + LAST_TAKE_OVER_MS);
    const fault = moving?.fault() ?? null;
    if (fault !== null) throw new Violation('T22', fault);
    for (const checker of this.#checkers) {
      await checker.atEnd();
      if (!checker.isDoneWith(this.#commandsSent)) throw new Violation('T12', 'a command was not carried out');
      for (let left = checker.forgotten; left > 0; left -= 1) this.#world.count('orders forgotten');
      for (let left = checker.timers; left > 0; left -= 1) this.#world.count('timers decided');
      for (let left = checker.ledger?.told.count ?? 0; left > 0; left -= 1) this.#world.count('events told');
      for (let left = checker.ledger?.told.early ?? 0; left > 0; left -= 1)
        this.#world.count('events told before their rows');
      for (let left = checker.ledger?.owed ?? 0; left > 0; left -= 1) this.#world.count('owed events published');
    }
  }

  #moving(plan: RoutesPlan): Moving {
    return new Moving({
      ...{ world: this.#world, cluster: this.#ground.cluster, plan, calmFromMs: this.#calmFromMs },
      ...{ expected: this.#expected, shards: this.#shards, checkers: this.#checkers, event: this.#settings.translate },
      ...{ pipeline: SCOPE.pipeline, ownershipTopic: this.#settings.topics.ownership },
      published: publishedOf(this.#settings.rules, configOf()).map(({ contract }) => contract),
      send: (kind, what) => {
        this.#commandsSent += 1;
        this.#commands.push(routeRecord(kind, what, SCOPE.pipeline, this.#commands.length));
      },
    });
  }

  /** Whoever asks to be forgotten is known. */
  #sendForgets(): void {
    const known = this.#forgets.filter(({ order }) => this.#checkers.some((checker) => checker.isKnown(order)));
    this.#forgets = this.#forgets.filter((forget) => !known.includes(forget));
    for (const { afterMs, order } of known) {
      this.#commandsSent += 1;
      this.#world.after(afterMs, () => {
        this.#commands.push(forgetRecord(order, SCOPE.pipeline, this.#commands.length));
      });
    }
  }

  /** Starts again what died. */
  #supervise(): void {
    const check = (): void => {
      for (const process of [...this.#members.keys()]) {
        if (!process.isDead) continue;
        this.#members.delete(process);
        this.#start(this.#world.random() * RESTART_MS);
      }
      this.#world.after(200, check);
    };
    check();
  }

  #start(delayMs: number): void {
    this.#processes += 1;
    const process = this.#world.process(`process-${this.#processes}`);
    const digest = `${this.#settings.translate.digest.slice(0, 8)}-${this.#processes % 2}`;
    this.#digests.set(process, digest);
    const translate = { ...this.#settings.translate, digest };
    const settings = { ...this.#settings, translate, ...(this.#isPinned ? { bundle: digest } : {}) };
    this.#world.after(
      delayMs,
      () => {
        const members = this.#shards.map((shard) => new SimulatedMember(this.#ground, process, { ...settings, shard }));
        this.#members.set(process, members);
        for (const member of members) void member.run();
      },
      process,
    );
    this.#members.set(process, null);
  }

  #observe(event: PipelineEvent, process: Process): void {
    if (JSON.stringify(event).includes(UNDECLARED))
      this.#world.fail(new Violation('G7', `an event of kind ${event.kind} tells an undeclared value`));
    if (event.kind === 'state') this.#world.note(process.name, event.state);
    if (event.kind === 'decided' && event.entry.digest !== this.#digests.get(process))
      this.#world.count('decided by rules that are kept');
    if (event.kind === 'command') this.#world.count(`${event.outcome.kind} ${event.outcome.result}`);
    if (this.#routes !== null) this.#follows(event);
    if (event.kind !== 'failed') return;
    this.#world.count(event.code === 'COMMIT_UNCERTAIN' ? 'Kafka transaction uncertain' : `failed: ${event.code}`);
    this.#world.note(process.name, `${event.code}: ${event.text}`);
    if (event.disposition === 'refuse')
      this.#world.fail(
        new Violation('G3', `the task waits for a person, and nothing is wrong: ${event.code}: ${event.text}`),
      );
  }

  /** Of a service that follows the protocol, and operators who look, nothing is found or refused. */
  #follows(event: PipelineEvent): void {
    if (event.kind === 'route')
      this.#world.count(`route ${event.isAsked ? 'asked of its service' : `moved to ${event.to}`}`);
    if (event.kind === 'toldFinding') {
      const { code, text } = event.finding;
      this.#world.fail(new Violation('T22', `nothing is wrong, and it is found: ${code}: ${text}`));
    }
    if (event.kind === 'command' && event.outcome.result !== 'applied')
      this.#world.fail(
        new Violation('W1', `nothing is wrong, and it is ${event.outcome.result}: ${event.outcome.text}`),
      );
  }

  #crashed(process: Process, error: unknown): void {
    if (error instanceof Error && error.name.startsWith('KafkaJS')) return process.kill();
    this.#world.fail(new Violation('T7', `${process.name} ended: ${String((error as Error).stack ?? error)}`));
  }
}

function partitionsOf(
  topic: string,
  records: readonly { readonly topic: string; readonly partition: number }[],
): string[] {
  const count = records.reduce(
    (most, record) => (record.topic === topic ? Math.max(most, record.partition + 1) : most),
    1,
  );
  return Array.from({ length: count }, (_, number) => `${topic}/${number}`);
}

function raise(): never {
  throw new RangeError('nothing is called in a world that only draws');
}
