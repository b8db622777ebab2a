/** What consumers declare: which contract they read, in which major version, and which of its fields they use. Pure. */
import { z } from 'zod';
import { contractText } from '../domain/integration-event.js';
import type { PublishedContract } from './published.js';

export const CONSUMED_MAX = 1_000;
export const CONSUMED_FIELDS_MAX = 1_000;

const words = z.string().trim().min(1).max(500);

/** A file of one consumer, YAML or JSON. */
export const consumerSchema = z.strictObject({
  consumer: words.describe('Name: shipping'),
  contact: words.describe('Whom to ask before something changes: a team, a channel, an address'),
  uses: z
    .array(
      z.strictObject({
        contract: words.describe('Name of the event'),
        version: z.int().min(1).describe('Its major version'),
        fields: z
          .array(words)
          .min(1)
          .max(CONSUMED_FIELDS_MAX)
          .describe('Fields that are read: totalAmount, lines[].sku'),
      }),
    )
    .min(1)
    .max(CONSUMED_MAX),
});

export type Consumer = z.output<typeof consumerSchema>;

export interface ConsumerProblem {
  readonly code: ConsumerCode;
  readonly consumer: string;
  /** `OrderAccepted.v1`. */
  readonly contract: string;
  readonly text: string;
  readonly fix: string;
}

export const CONSUMER_CODES = ['CONSUMER_TWICE', 'CONSUMED_CONTRACT_UNKNOWN', 'CONSUMED_FIELD_UNKNOWN'] as const;
export type ConsumerCode = (typeof CONSUMER_CODES)[number];

/** @param known contracts of now, and of before: what went away breaks a consumer, and is told as that. */
export function consumerProblems(
  consumers: readonly Consumer[],
  known: readonly PublishedContract[],
): ConsumerProblem[] {
  const contracts = new Map<string, Set<string>>();
  for (const contract of known) {
    const name = contractText(contract.name, contract.version);
    const fields = contracts.get(name) ?? new Set();
    for (const path of [...Object.keys(contract.fields), ...Object.keys(contract.value.properties ?? {})])
      fields.add(path);
    contracts.set(name, fields);
  }
  return [...twice(consumers), ...consumers.flatMap((each) => unknown(each, contracts))];
}

const twice = (consumers: readonly Consumer[]): ConsumerProblem[] =>
  consumers
    .filter(({ consumer }, index) => consumers.findIndex((each) => each.consumer === consumer) !== index)
    .map(({ consumer }) => ({
      ...{ code: 'CONSUMER_TWICE', consumer, contract: '' },
      text: 'two files declare a consumer of this name',
      fix: 'Give each a name of its own, or put what both use into one file.',
    }));

function unknown({ consumer, uses }: Consumer, contracts: ReadonlyMap<string, ReadonlySet<string>>): ConsumerProblem[] {
  return uses.flatMap(({ contract: name, version, fields }): ConsumerProblem[] => {
    const contract = contractText(name, version);
    const known = contracts.get(contract);
    if (known === undefined)
      return [
        {
          ...{ code: 'CONSUMED_CONTRACT_UNKNOWN', consumer, contract },
          text: `uses ${contract}, which is not published and never was`,
          fix: `Name one of those that are: ${some([...contracts.keys()])}.`,
        },
      ];
    return fields
      .filter((field) => !known.has(field))
      .map((field) => ({
        ...{ code: 'CONSUMED_FIELD_UNKNOWN', consumer, contract },
        text: `uses the field ${field} of ${contract}, which it does not have and never had`,
        fix: `Name fields by their path: ${some([...known])}.`,
      }));
  });
}

const SHOWN_MAX = 20;

const some = (names: readonly string[]): string =>
  names.length === 0
    ? 'there is none'
    : `${names.slice(0, SHOWN_MAX).join(', ')}${names.length > SHOWN_MAX ? `, and ${names.length - SHOWN_MAX} more` : ''}`;

export interface Touched {
  readonly breaks: readonly Consumer[];
  /** They use the contract, but not what changed. */
  readonly untouched: readonly Consumer[];
}

/** @param path of a field; empty: the contract as a whole. */
export function touchedBy(
  { contract, path }: { readonly contract: string; readonly path: string },
  consumers: readonly Consumer[],
): Touched {
  const using = consumers.flatMap((consumer) => {
    const uses = consumer.uses.filter(({ contract: name, version }) => contractText(name, version) === contract);
    return uses.length === 0 ? [] : [{ consumer, isTouched: uses.some(({ fields }) => fields.some(isOn(path))) }];
  });
  return {
    breaks: using.filter(({ isTouched }) => isTouched).map(({ consumer }) => consumer),
    untouched: using.filter(({ isTouched }) => !isTouched).map(({ consumer }) => consumer),
  };
}

/** The field itself, one that it is in, or one that is in it. Consumers name no places of a list: `pair[0].amount` is in `pair[]`. */
function isOn(place: string): (field: string) => boolean {
  const path = place.replace(/\[\d+\]/g, '[]');
  return (field) => path === '' || isWithin(path, field) || isWithin(field, path);
}

const isWithin = (path: string, outer: string): boolean =>
  path === outer || (path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length)));
