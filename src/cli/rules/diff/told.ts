/** What one set of rules makes of a recording: events by id, what was decided in each source transaction, what is parked. */
import { aggregateText } from '../../../domain/state/aggregate-state.js';
import type { AggregateRef } from '../../../domain/change-set.js';
import { contractText, type IntegrationEvent } from '../../../domain/integration-event.js';
import type { Refusal } from '../../../domain/refusal.js';
import type { Decision, Verdict } from '../../../domain/state/journal-entry.js';
import type { PipelineEvent } from '../../../pipeline/events.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../../../rules/compile.js';
import type { ContractDefinition } from '../../../rules/contract.js';
import { calledOf } from '../../../rules/named.js';
import { causationOf } from '../../../translate/publish/event.js';
import { ConditionCounts } from './covered/conditions.js';

export interface ToldEvent extends AggregateRef {
  readonly event: IntegrationEvent;
  /** `OrderAccepted.v1` */
  readonly contract: string;
  /** The source transaction, as `causationId` names it. */
  readonly cause: string;
  /** When that was committed, ms since 1970. */
  readonly committedMs: number;
}

/** What was decided of an aggregate in one source transaction. */
export interface ToldDecision {
  readonly refusal: Refusal | null;
  readonly verdicts: readonly Verdict[];
}

export interface ToldContract {
  readonly definition: ContractDefinition;
  readonly aggregate: CompiledAggregate;
  /** What is published under it. */
  readonly facts: readonly CompiledFact[];
}

/** What was heard of a pipeline, without its rules: it may come from another thread. */
export interface Heard {
  /** By event id, in the order in which they were published. */
  readonly events: Map<string, ToldEvent>;
  /** By aggregate, or by row where the aggregate cannot be known. */
  readonly parked: Map<string, Refusal>;
  /** By aggregate and source transaction. */
  readonly decisions: Map<string, ToldDecision>;
}

export class Told {
  /** Of the rules, as they were asked for. */
  readonly name: string;
  readonly heard: Heard;
  readonly conditions: ConditionCounts;
  /** By name and major version. */
  readonly contracts: ReadonlyMap<string, ToldContract>;
  readonly #rules: CompiledRules;

  constructor(
    name: string,
    rules: CompiledRules,
    heard: Heard = { events: new Map(), parked: new Map(), decisions: new Map() },
  ) {
    this.name = name;
    this.heard = heard;
    this.#rules = rules;
    this.contracts = contractsOf(rules);
    this.conditions = new ConditionCounts([...rules.aggregates.values()].flatMap(({ facts }) => facts));
  }

  get events(): ReadonlyMap<string, ToldEvent> {
    return this.heard.events;
  }

  get parked(): ReadonlyMap<string, Refusal> {
    return this.heard.parked;
  }

  observe(event: PipelineEvent): void {
    const { parked } = this.heard;
    if (event.kind === 'decided') this.#decided(event.entry, event.events);
    else if (event.kind === 'parked') parked.set(this.nameOf(event), event.refusal);
    else if (event.kind === 'unplaced') parked.set(`${event.table} ${event.key}`, event.refusal);
  }

  /** Undefined: nothing of the aggregate was seen in that transaction. */
  decision(of: AggregateRef, cause: string): ToldDecision | undefined {
    return this.heard.decisions.get(placeOf(of, cause));
  }

  /** What it says may be of a personal or secret column, or who made the change. */
  isSealed({ contract }: ToldEvent): boolean {
    return this.contracts.get(contract)?.aggregate.isSealed === true;
  }

  /** Where its aggregate belongs, by the author's names. */
  contextOf({ event, contract }: ToldEvent): [name: string, value: string][] {
    const names = this.contracts.get(contract)?.aggregate.context ?? [];
    return names.map(({ name }) => {
      const value = event.value[name];
      return [name, typeof value === 'string' ? value : 'null'];
    });
  }

  /** For people: `order 4711`. */
  nameOf({ aggregate, id }: AggregateRef): string {
    return `${calledOf(this.#rules, aggregate)} ${id}`;
  }

  #decided(entry: Decision, events: readonly IntegrationEvent[]): void {
    const { aggregate, id, origin, refusal, verdicts } = entry;
    this.conditions.add(verdicts);
    if (origin.transactionId === null) return;
    const cause = causationOf(origin);
    this.heard.decisions.set(placeOf(entry, cause), { refusal, verdicts });
    const { commitTimeMs: committedMs } = origin;
    for (const event of events) {
      const contract = contractText(event.type, event.version);
      this.heard.events.set(event.id, { event, aggregate, id, cause, committedMs, contract });
    }
  }
}

const placeOf = (of: AggregateRef, cause: string): string => `${aggregateText(of)} ${cause}`;

function contractsOf({ aggregates, contracts }: CompiledRules): Map<string, ToldContract> {
  const told = contracts.flatMap((definition): [string, ToldContract][] => {
    const publishes = ({ publications }: CompiledFact): boolean =>
      publications.some(({ contract }) => contract === definition);
    const aggregate = [...aggregates.values()].find(({ facts }) => facts.some(publishes));
    if (aggregate === undefined) return [];
    const facts = [...aggregates.values()].flatMap((each) => each.facts).filter(publishes);
    return [[contractText(definition.name, definition.majorVersion), { definition, aggregate, facts }]];
  });
  return new Map(told);
}
