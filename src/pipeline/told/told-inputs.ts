/** Rules, routes and committed progress -> the contract topics as an input, ready to read on. */
import { contractText } from '../../domain/integration-event.js';
import { type Route, routeText, selectorText, type Stage } from '../../domain/ownership/route.js';
import { triedTopic } from '../../domain/ownership/topics.js';
import { ownsPartition, type Shard } from '../../domain/shard.js';
import { invariant } from '../../invariant.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Bounds, Offsets } from '../ports.js';
import { topicName } from '../topic-name.js';
import { type Mark, type Marks, NO_MARKS, withMark } from './marks.js';
import { trialTopics } from '../state/records.js';
import { type RouteNow, ToldInput } from './told-input.js';
import { type MovedContract, ToldRecords } from './told-records.js';

export interface ToldSettings {
  readonly rules: Pick<CompiledRules, 'aggregates' | 'contracts' | 'routed'>;
  readonly pipeline: string;
  /** As this pipeline writes it: `dragoman:dragoman.orders`. */
  readonly producer: string;
  readonly qualifier: string | null;
  readonly shard: Shard;
}

export interface ToldStanding {
  /** As the progress has them; null: there is none. */
  readonly progress: { readonly offsets: Offsets; readonly marks?: Marks } | null;
  readonly bounds: Bounds;
  readonly partitionOf: (topic: string, key: string) => number;
  readonly routesOf: (contract: string) => readonly RouteNow[];
}

/** Topics of contracts that are moved, and trial topics of those that are compared, without repetition. */
export const toldTopics = ({ contracts, routed }: Pick<CompiledRules, 'contracts' | 'routed'>): string[] => [
  ...new Set(contracts.flatMap((one) => (routed.has(contractText(one.name, one.majorVersion)) ? [one.topic] : []))),
  ...trialTopics({ contracts, routed }),
];

/** Whether a shard reads it: the keys of a contract topic are those of aggregates. @param partition `orders.fulfillment/3`. */
export const readsTold = (shard: Shard, partition: string): boolean =>
  ownsPartition(shard, Number(partition.slice(topicName(partition).length + 1)));

/**
 * @param all partitions that are read, those of sources among them.
 * @returns null: no contract is moved.
 */
export function toldInput(
  { rules, shard, ...settings }: ToldSettings,
  all: readonly string[],
  { progress, bounds, partitionOf, routesOf }: ToldStanding,
): ToldInput | null {
  const topics = toldTopics(rules);
  const trials = new Set(trialTopics(rules));
  const partitions = all.filter((name) => topics.includes(topicName(name)) && readsTold(shard, name));
  const triedIn = (topic: string): string | null => (trials.has(topic) ? triedTopic(topic) : null);
  if (partitions.length === 0) return null;
  const contracts = movedContracts(rules);
  const known = inBounds(progress?.offsets ?? new Map<string, number>(), bounds);
  const begun = partitions.filter((name) => !known.has(name));
  const initialOf = ({ contract, selector }: Pick<Route, 'contract' | 'selector'>): Stage | undefined => {
    const text = selectorText(selector);
    return rules.routed.get(contract)?.initially.find((each) => selectorText(each.selector) === text)?.stage;
  };
  return new ToldInput({
    ...{ partitions, known, routesOf, initialOf, bounds },
    isTrial: (topic) => trials.has(topic),
    marks: begunAt(begun, contracts, routesOf, progress?.marks ?? NO_MARKS),
    records: new ToldRecords({ ...settings, contracts, partitionOf, triedIn }),
  });
}

/** Where no service ever was nothing is lost with what expired; where one was the task refuses to start. */
const inBounds = (offsets: Offsets, bounds: Bounds): Offsets =>
  new Map(
    [...offsets].filter(([name, offset]) => {
      const { first, end } = bounds.get(name) ?? { first: 0, end: 0 };
      return offset >= first && offset <= end;
    }),
  );

/** Handover records of moves before are not read there: routes are taken as they stand. */
const begunAt = (
  partitions: readonly string[],
  contracts: readonly MovedContract[],
  routesOf: ToldStanding['routesOf'],
  marks: Marks,
): Marks =>
  partitions.reduce((all, name) => {
    const topic = topicName(name);
    const number = Number(name.slice(topic.length + 1));
    return contracts
      .filter(({ contract }) => contract.topic === topic)
      .flatMap(({ contract }) => routesOf(contractText(contract.name, contract.majorVersion)))
      .filter(({ epoch }) => epoch > 0)
      .reduce((some, route) => withMark(some, routeText(route), number, standing(route)), all);
  }, marks);

/** Where it was before is not known: what is not its service's now went away from it with the last move. */
const standing = ({ epoch, stage }: RouteNow): Mark => ({ epoch, stage, away: stage === 'service' ? 0 : epoch });

function movedContracts({ aggregates, contracts, routed }: ToldSettings['rules']): MovedContract[] {
  return contracts.flatMap((contract) => {
    const capability = routed.get(contractText(contract.name, contract.majorVersion));
    if (capability === undefined) return [];
    const aggregate = [...aggregates.values()].find(({ facts }) =>
      facts.some(({ publications }) => publications.some((each) => each.contract === contract)),
    );
    invariant(aggregate !== undefined, `${contract.name} is published of no aggregate.`);
    const { isSticky, by } = capability;
    return [{ contract, aggregate: aggregate.name, by: Object.keys(by), isSticky }];
  });
}
