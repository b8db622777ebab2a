/**
 * What `forget` does not reach: topics in which something of an aggregate may stand, with what an operator has to know of each. Pure.
 */
import type { OwnTopics } from '../../domain/own-topics.js';
import { contractText } from '../../domain/integration-event.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import type { ContractDefinition } from '../../rules/contract.js';

/** Fields of a contract that carry a class, by path. */
export type ClassedFields = Readonly<Record<string, string>>;

export interface NotReached {
  readonly topic: string;
  readonly holds: 'events' | 'rows' | 'dead letters' | 'journal';
  /** How long its records stay, in words, as Kafka says. */
  readonly kept: string;
  /** Contracts of the aggregate in it. */
  readonly contracts: readonly { readonly contract: string; readonly classed: ClassedFields }[];
  readonly text: string;
}

export interface Topics extends Pick<OwnTopics, 'journal'> {
  readonly deadLetters: string;
  /** Rows as connectors write them. */
  readonly inputs: readonly string[];
  /** Of the config (docs/repairing.md). */
  readonly audiences: readonly string[];
}

/** By topic what Kafka says of it; a topic of which it says nothing may not be asked, or is not there. */
export type Settings = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function notReached(aggregate: CompiledAggregate, topics: Topics, settings: Settings): NotReached[] {
  const at = (topic: string, holds: NotReached['holds'], text: string): NotReached => ({
    ...{ topic, holds, kept: keptText(settings.get(topic)), contracts: [], text },
  });
  return [
    ...eventTopics(aggregate).map(([topic, contracts]) => ({
      ...at(topic, 'events', 'who consumed them has them too'),
      contracts,
    })),
    ...topics.audiences.map((topic) => at(topic, 'events', 'what was published once more for one consumer')),
    ...topics.inputs.map((topic) => at(topic, 'rows', 'rows as the connector wrote them')),
    aggregate.isSealed
      ? at(
          topics.journal,
          'journal',
          'sealed, and nobody can read it any more, but for entries from before a column of it had a class',
        )
      : at(topics.journal, 'journal', 'in the clear: no column of it has a class, so nothing was sealed'),
    at(topics.deadLetters, 'dead letters', 'without values of columns that have a class'),
  ];
}

/** Under which its events are published, and corrected. */
export const contractsOf = ({ facts, corrections }: CompiledAggregate): ReadonlySet<ContractDefinition> =>
  new Set([...facts.flatMap(({ publications }) => publications.map(({ contract }) => contract)), ...corrections]);

function eventTopics(aggregate: CompiledAggregate): [string, NotReached['contracts']][] {
  const contracts = contractsOf(aggregate);
  const topics = new Set([...contracts].map(({ topic }) => topic));
  return [...topics].map((topic) => [
    topic,
    [...contracts]
      .filter((one) => one.topic === topic)
      .map(({ name, majorVersion, fields = {} }) => ({
        contract: contractText(name, majorVersion),
        classed: Object.fromEntries(
          Object.entries(fields).flatMap(([path, { class: called }]) => (called === undefined ? [] : [[path, called]])),
        ),
      })),
  ]);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function keptText(settings: ReadonlyMap<string, string> | undefined): string {
  if (settings === undefined) return 'for a time that Kafka does not tell';
  const policy = settings.get('cleanup.policy') ?? 'delete';
  if (!policy.includes('delete')) return 'by key, the newest of each for ever';
  const ms = Number(settings.get('retention.ms') ?? -1);
  const bytes = Number(settings.get('retention.bytes') ?? -1);
  const time =
    ms < 0 ? 'for ever' : ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} hours` : `${Math.round(ms / DAY_MS)} days`;
  return bytes > 0 ? `${time}, or until its size is reached` : time;
}

/** One line for each topic, and what no topic says. */
export const notReachedLines = (all: readonly NotReached[]): string[] => [
  ...all.map(({ topic, holds, kept, contracts, text }) => {
    const named = contracts.map(({ contract, classed }) => `${contract}${classedText(classed)}`);
    return `not reached: ${holds} in ${topic}, kept ${kept}: ${text}${named.length === 0 ? '' : `: ${named.join(', ')}`}`;
  }),
  'not reached: topics of contracts, and of tables, that the rules do not have any more',
  'not reached: files that somebody made: recordings, state export, backups',
];

const classedText = (classed: ClassedFields): string => {
  const all = Object.entries(classed).map(([path, called]) => `${path} ${called}`);
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
};
