/** The console's desk: what pages and the API ask for, out of Kafka, Redis, the rules and what the tasks of this process told. */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { BoundedReads } from '../../console/bounded.js';
import type { Commands, CommandShown, Decided, Decision } from '../../console/answers/commands.js';
import type { Consumers, ContractOne, ContractQuery, Contracts } from '../../console/answers/contracts.js';
import type { Flow } from '../../console/answers/flow.js';
import type { Findings, Migration, MigrationQuery, Plan, PlanQuery } from '../../console/answers/migration.js';
import type { Finding, FindingQuery, Parity, ParityQuery } from '../../console/answers/parity.js';
import type { OneQuery, ParkedOne, ParkedPage, ParkedQuery } from '../../console/answers/parked.js';
import type {
  DiscrepancyOne,
  DiscrepancyQuery,
  Reconciliation,
  ReconciliationQuery,
} from '../../console/answers/reconciliation.js';
import type { Rules } from '../../console/answers/rules.js';
import type { HeldUp, HeldUpQuery, WaitingPage, WaitingQuery } from '../../console/answers/waiting.js';
import type { EventQuery, WhyQuery } from '../../console/answers/why.js';
import type { ConsoleDesk } from '../../console/desk.js';
import type { Answer } from '../../why/answer.js';
import type { Question } from '../../why/question.js';
import type { WaitsFor, WaitsForQuestion } from '../../why/waits-for.js';
import type { EventAnswer, EventQuestion } from '../../why/event.js';
import type { Outcomes } from '../../console/watch/outcomes.js';
import { readCommand, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import type { Caller } from '../../server/access.js';
import type { HeldReport } from '../../server/held.js';
import { parityOf, type ParityRead } from '../../pipeline/parity/reading.js';
import type { Move } from '../../pipeline/progress/ownership.js';
import type { Routed } from '../../pipeline/routes/standing.js';
import { discrepancyNow, registerNow } from '../operator/reading/register.js';
import { parityNow } from '../operator/reading/parity.js';
import { behindCommand, type ShardProgress } from '../operator/reading/committed-progress.js';
import type { Desk } from '../operator/desk.js';
import { pipelineOf } from '../operator/operator.js';
import { graphOf } from '../rules/graph/graph.js';
import { svgLines } from '../rules/graph/svg.js';
import { consumersNow, contextsOf, contractNow, contractsNow, rulesNow } from './contracts.js';
import { decideNow } from './decide.js';
import { type FlowPorts, flowNow } from './flow.js';
import { heldUpAnswer, heldUpBy, type Sample, sampled } from './held-up.js';
import { gateNow } from './migration/decide.js';
import { findingsIn } from './migration/findings.js';
import { migrationNow } from './migration/migration.js';
import { ownedNow } from './migration/owned.js';
import { findingNow, parityPage } from './migration/parity.js';
import { planNow } from './migration/plan.js';
import { listing, parkedOneNow, parkedPage } from './parked.js';
import type { ChecksPorts } from './reconciliation/decide.js';
import { discrepancyOne, reconciliationPage } from './reconciliation/shown.js';
import { isWanted, pageOf, waitingAnswer, type WaitingList, waitingList } from './waiting.js';

/** How long answers are good. */
const FLOW_MS = 1_500;
const LISTING_MS = 5_000;
const ONE_MS = 1_000;
const CONSUMERS_MS = 15_000;
const EVENT_MS = 15_000;
const SAMPLE_MS = 30_000;
const FINDINGS_MS = 15_000;
const PARITY_MS = 15_000;

export interface DeskPorts extends FlowPorts {
  readonly version: string;
  readonly bounded: BoundedReads;
  readonly outcomes: Outcomes;
  readonly why: (pipeline: string, question: Question) => Promise<Answer>;
  /** In the order asked for. */
  readonly waitsFor: (pipeline: string, questions: readonly WaitsForQuestion[]) => Promise<readonly WaitsFor[]>;
  readonly event: (pipeline: string, question: EventQuestion) => Promise<EventAnswer>;
  readonly held: () => HeldReport;
  readonly checks: ChecksPorts;
  /** For what becomes of a command; `WAIT_SECONDS_MAX` when nothing is said. */
  readonly waitSeconds?: number;
  /** What has to be found later. */
  readonly note: (text: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** The rest of the page stands. */
function notKnown(error: unknown): null {
  if (error instanceof DragomanError) return null;
  throw error;
}

interface ParityNow {
  readonly pipeline: string;
  readonly shards: readonly ShardProgress[];
  readonly read: ParityRead;
}

export class MemberDesk implements ConsoleDesk {
  readonly #ports: DeskPorts;
  readonly #rules: LoadedRules;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#rules = ports.rules;
  }

  get version(): string {
    return this.#ports.version;
  }

  get pipelines(): readonly string[] {
    return [...this.#ports.desks.keys()];
  }

  get contexts(): readonly string[] {
    return contextsOf(this.#rules.rules);
  }

  get mayShowPersonal(): boolean {
    return this.#ports.config.http.personalValues;
  }

  flow(): Promise<Flow> {
    return this.#ports.bounded.read('flow', FLOW_MS, () => flowNow(this.#ports));
  }

  async parked(query: ParkedQuery): Promise<ParkedPage> {
    const desk = this.#desk(query.pipeline);
    const all = await this.#ports.bounded.read(`parked ${desk.pipeline}`, LISTING_MS, () =>
      listing(desk, this.#ports.nowMs()),
    );
    return parkedPage(all, query, desk.pipeline);
  }

  async parkedOne({ pipeline, aggregate, id, values }: OneQuery, caller: Caller): Promise<ParkedOne> {
    const desk = this.#desk(pipeline);
    const isPersonalShown = values === 'yes';
    if (isPersonalShown) this.#checkPersonal(caller, { aggregate, id });
    const name = JSON.stringify(['one', desk.pipeline, aggregate, id, isPersonalShown]);
    return this.#ports.bounded.read(name, ONE_MS, () => parkedOneNow({ aggregate, id }, desk, isPersonalShown));
  }

  async waiting(query: WaitingQuery): Promise<WaitingPage> {
    const { condition } = query;
    const { pipeline } = this.#desk(query.pipeline);
    const sample = condition === undefined ? null : await this.#sample(pipeline);
    const list = sample?.list ?? (await this.#waitingList(pipeline));
    const page = pageOf(sample === null ? list.all : heldUpBy(condition ?? '', sample), query);
    const name = JSON.stringify(['waiting', { ...query, pipeline }, list.asOfMs]);
    const waits = await this.#ports.bounded.read(name, LISTING_MS, () => this.#ports.waitsFor(pipeline, page.shown));
    const lookedAt = sample?.ones.filter((one) => isWanted(one, query)).length ?? null;
    return waitingAnswer(list, page, waits, { pipeline, lookedAt });
  }

  async heldUp(query: HeldUpQuery): Promise<HeldUp> {
    const { pipeline } = this.#desk(query.pipeline);
    return heldUpAnswer(await this.#sample(pipeline), pipeline);
  }

  async migration(query: MigrationQuery): Promise<Migration> {
    const { pipeline, shards } = this.#desk(query.pipeline);
    const { config, bounded, reads, nowMs } = this.#ports;
    const facts = { pipeline, routed: this.#routed, handoverWaitMs: config.limits.handoverWaitMs };
    return bounded.read(`migration ${pipeline}`, FLOW_MS, async () => {
      const owned = this.#routed.size === 0 ? null : await ownedNow(shards).catch(notKnown);
      return migrationNow({ ...facts, owned, shards: await reads.progress(pipeline), nowMs: nowMs() });
    });
  }

  findings(): Promise<Findings> {
    const { bounded, reads, nowMs } = this.#ports;
    return bounded.read('findings', FINDINGS_MS, async () => findingsIn(await reads.deadLetters(), nowMs()));
  }

  async plan(query: PlanQuery): Promise<Plan> {
    const desk = this.#desk(query.pipeline);
    const { bounded, reads } = this.#ports;
    const name = JSON.stringify(['plan', { ...query, pipeline: desk.pipeline }]);
    const gate = (moves: readonly Move[]) => gateNow(moves, { ...this.#ports, desk });
    return bounded.read(name, ONE_MS, async () =>
      planNow(query, { routed: this.#routed, shards: await reads.progress(desk.pipeline) }, desk.pipeline, gate),
    );
  }

  async parity(query: ParityQuery): Promise<Parity> {
    const { read, shards, pipeline } = await this.#parityRead(query.pipeline);
    return parityPage({ routed: this.#routed, shards }, { pipeline, read, nowMs: this.#ports.nowMs() });
  }

  async finding(query: FindingQuery): Promise<Finding> {
    const { read, pipeline } = await this.#parityRead(query.pipeline);
    return findingNow(query, this.#rules.rules, { pipeline, read, nowMs: this.#ports.nowMs() });
  }

  #parityRead(wanted: string | undefined): Promise<ParityNow> {
    const { pipeline, shards } = this.#desk(wanted);
    const { bounded, reads } = this.#ports;
    const isAsked = [...this.#routed.values()].some(({ parity }) => parity !== null);
    return bounded.read(`parity ${pipeline}`, PARITY_MS, async () => {
      const progress = await reads.progress(pipeline);
      return { pipeline, shards: progress, read: isAsked ? await parityNow(shards, progress) : parityOf([]) };
    });
  }

  get #routed(): Routed {
    return this.#rules.rules.routed;
  }

  async reconciliation(query: ReconciliationQuery): Promise<Reconciliation> {
    const { pipeline, shards } = this.#desk(query.pipeline);
    const { bounded, checks, nowMs } = this.#ports;
    const read = await bounded.read(`register ${pipeline}`, LISTING_MS, () => registerNow(shards));
    return reconciliationPage(query, { pipeline, read, checks: checks.names(pipeline), nowMs: nowMs() });
  }

  async discrepancy({ pipeline: wanted, id }: DiscrepancyQuery): Promise<DiscrepancyOne> {
    const { pipeline, shards } = this.#desk(wanted);
    const { bounded, nowMs } = this.#ports;
    const read = await bounded.read(`discrepancy ${pipeline} ${id}`, ONE_MS, () => discrepancyNow(shards, id));
    if (read !== null) return discrepancyOne(read, pipeline, nowMs());
    throw new DragomanError('COMMAND_REFUSED', `No discrepancy ${id} is kept in pipeline ${pipeline}.`);
  }

  contracts(): Promise<Contracts> {
    return Promise.resolve(contractsNow(this.#rules.rules, this.#ports.published));
  }

  async contract(query: ContractQuery): Promise<ContractOne> {
    return Promise.resolve(
      contractNow(
        query,
        { rules: this.#rules.rules, typePrefix: this.#ports.config.event.typePrefix },
        this.#ports.published,
      ),
    );
  }

  consumers(topic: string): Promise<Consumers> {
    const { bounded, reads, nowMs } = this.#ports;
    return bounded.read(`consumers ${topic}`, CONSUMERS_MS, () => consumersNow(topic, reads, nowMs()));
  }

  rules(): Promise<Rules> {
    return Promise.resolve(rulesNow(this.#rules));
  }

  graph(): Promise<string> {
    return Promise.resolve(svgLines(graphOf(this.#rules.rules)).join('\n'));
  }

  async why({ pipeline: wanted, aggregate, id, event, group, max: seenMax }: WhyQuery): Promise<Answer> {
    const { pipeline } = this.#desk(wanted);
    const more = { ...(event === undefined ? {} : { event }), ...(group === undefined ? {} : { group }) };
    const name = JSON.stringify(['why', pipeline, aggregate, id, event, group, seenMax]);
    const ask = (): Promise<Answer> => this.#ports.why(pipeline, { aggregate, id, seenMax, ...more });
    return this.#ports.bounded.read(name, ONE_MS, ask);
  }

  async event({ pipeline: wanted, id, key, until }: EventQuery): Promise<EventAnswer> {
    const { pipeline } = this.#desk(wanted);
    const more = {
      ...(key === undefined ? {} : { key }),
      ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
    };
    const name = JSON.stringify(['event', pipeline, id, key, until]);
    return this.#ports.bounded.read(name, EVENT_MS, () => this.#ports.event(pipeline, { id, ...more }));
  }

  commands(): Promise<Commands> {
    return this.#ports.bounded.read('commands', ONE_MS, () => this.#commandsNow());
  }

  async decide(decision: Decision, caller: Caller): Promise<Decided> {
    const { name } = caller;
    const by = name ?? decision.by;
    if (by === undefined)
      throw new DragomanError('COMMAND_INVALID', 'Say who decides, with `by`: there is no token that says it.');
    const decided = await decideNow(decision, by, { ...this.#ports, desk: this.#desk(decision.pipeline) });
    this.#ports.bounded.forget();
    return decided;
  }

  #waitingList(pipeline: string): Promise<WaitingList> {
    const { bounded, reads, nowMs } = this.#ports;
    return bounded.read(`waiting ${pipeline}`, LISTING_MS, () =>
      waitingList(this.#desk(pipeline), () => reads.progress(pipeline), nowMs()),
    );
  }

  /** One read after the other: each has its turn by itself. */
  async #sample(pipeline: string): Promise<Sample> {
    const list = await this.#waitingList(pipeline);
    return this.#ports.bounded.read(`held up ${pipeline}`, SAMPLE_MS, async () => {
      const ones = sampled(list);
      return { list, ones, waits: await this.#ports.waitsFor(pipeline, ones) };
    });
  }

  /** @throws DragomanError COMMAND_INVALID */
  #desk(wanted: string | undefined): Desk {
    const { config, desks } = this.#ports;
    const desk = desks.get(pipelineOf(config, wanted === undefined ? {} : { pipeline: wanted }));
    if (desk !== undefined) return desk;
    throw new DragomanError('INVARIANT_BROKEN', 'Every pipeline of the config has a desk.');
  }

  #checkPersonal({ role, name }: Caller, ref: { readonly aggregate: string; readonly id: string }): void {
    if (!this.mayShowPersonal || role !== 'operator')
      throw new DragomanError(
        'COMMAND_REFUSED',
        'Values of personal columns are shown to operators alone, and only with http.personalValues: true.',
      );
    this.#ports.note('values of personal columns were shown', { by: name, ...ref });
  }

  async #commandsNow(): Promise<Commands> {
    const { reads, outcomes } = this.#ports;
    const { records, earlier } = await reads.commands();
    const progress = new Map<string, readonly ShardProgress[] | null>();
    for (const pipeline of this.pipelines) progress.set(pipeline, await reads.progress(pipeline).catch(() => null));
    const commands: CommandShown[] = [];
    let unreadable = 0;
    for (const { offset, value } of [...records].reverse()) {
      const read = readCommand(value);
      if (read.kind !== 'command') {
        unreadable += 1;
        continue;
      }
      if (read.command.kind === 'check.report') continue; // nobody decided it
      const { id, pipeline, kind, reason, by, at } = read.command;
      const shards = progress.get(pipeline) ?? null;
      const isCarriedOut = shards === null ? null : behindCommand(shards, offset).length === 0;
      const about = { id, pipeline, kind, subject: subjectOf(read.command), reason, by, at };
      commands.push({ ...about, isCarriedOut, outcomes: [...outcomes.of(id)] });
    }
    return { schema: 'dragoman.http/commands@1', commands, unreadable, earlier };
  }
}
