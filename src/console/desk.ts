/**
 * What pages and the API ask for. Whoever starts the console implements it, with the code that the command line uses too. All of it reads, but
 * `decide`, which writes to the commands log. Each method may fail with a DragomanError, and with nothing else.
 */
import type { Caller } from '../server/access.js';
import type { Commands, Decided, Decision } from './answers/commands.js';
import type { Consumers, ContractOne, ContractQuery, Contracts } from './answers/contracts.js';
import type { Flow } from './answers/flow.js';
import type { Findings, Migration, MigrationQuery, Plan, PlanQuery } from './answers/migration.js';
import type { Finding, FindingQuery, Parity, ParityQuery } from './answers/parity.js';
import type { OneQuery, ParkedOne, ParkedPage, ParkedQuery } from './answers/parked.js';
import type {
  DiscrepancyOne,
  DiscrepancyQuery,
  Reconciliation,
  ReconciliationQuery,
} from './answers/reconciliation.js';
import type { Rules } from './answers/rules.js';
import type { HeldUp, HeldUpQuery, WaitingPage, WaitingQuery } from './answers/waiting.js';
import type { EventQuery, WhyQuery } from './answers/why.js';
import type { Answer } from '../why/answer.js';
import type { EventAnswer } from '../why/event.js';

export interface ConsoleDesk {
  readonly version: string;
  readonly pipelines: readonly string[];
  /** Names of contexts in the rules (`market`), by which events are told apart. */
  readonly contexts: readonly string[];
  /** `http.personalValues`. */
  readonly mayShowPersonal: boolean;
  flow(): Promise<Flow>;
  parked(query: ParkedQuery): Promise<ParkedPage>;
  /** @throws COMMAND_REFUSED when it is not parked, or when the caller may not see the values that are asked for */
  parkedOne(query: OneQuery, caller: Caller): Promise<ParkedOne>;
  waiting(query: WaitingQuery): Promise<WaitingPage>;
  heldUp(query: HeldUpQuery): Promise<HeldUp>;
  migration(query: MigrationQuery): Promise<Migration>;
  /** What was found in contract topics. */
  findings(): Promise<Findings>;
  /** @throws COMMAND_INVALID when the rules have no such capability, or the selector is none */
  plan(query: PlanQuery): Promise<Plan>;
  parity(query: ParityQuery): Promise<Parity>;
  /** @throws COMMAND_REFUSED when the contract is not compared */
  finding(query: FindingQuery): Promise<Finding>;
  reconciliation(query: ReconciliationQuery): Promise<Reconciliation>;
  /** @throws COMMAND_REFUSED when nothing of this id is kept */
  discrepancy(query: DiscrepancyQuery): Promise<DiscrepancyOne>;
  contracts(): Promise<Contracts>;
  /** @throws COMMAND_REFUSED when there is none */
  contract(query: ContractQuery): Promise<ContractOne>;
  consumers(topic: string): Promise<Consumers>;
  rules(): Promise<Rules>;
  /** @throws COMMAND_INVALID when the rules have nothing that is called so, or the id is none */
  why(query: WhyQuery): Promise<Answer>;
  /** @throws COMMAND_INVALID when the id is none of an event, COMMAND_REFUSED when there is none with it */
  event(query: EventQuery): Promise<EventAnswer>;
  /** SVG that stands by itself. */
  graph(): Promise<string>;
  commands(): Promise<Commands>;
  decide(decision: Decision, caller: Caller): Promise<Decided>;
}
