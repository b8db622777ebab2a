/**
 * Values under a contract, for the tests of those who read it: valid ones, valid ones at the limits, and broken ones, each with one fault. Out of the
 * schema and the example of a contract alone; the same seed gives the same values. Pure.
 */
import type { Json } from '../../rules/contracts/json-schema.js';
import type { PublishedContract } from '../published.js';
import { Dice } from './dice.js';
import { edgesOf, type Put } from './edges.js';
import { faultsOf } from './faults.js';
import { type Place, placesIn, placeText, withAt } from './places.js';
import { type Extent, isObject, Values } from './values.js';

export type Sampled = Pick<PublishedContract, 'type' | 'value' | 'example'>;
export type Value = Readonly<Record<string, Json>>;

export interface Sample {
  /** Any JSON: a broken one need not even be an object. */
  readonly value: Json;
  /** `lines[0].sku`; empty for the whole. */
  readonly path: string;
  /** What is special there, or wrong: `is null`. */
  readonly what: string;
}

/** Of one contract and seed. */
export const SAMPLES_MAX = 2_000;

export const validValue = (contract: Sampled, seed: string): Value => valueOf(contract, seed, 'any');

function valueOf({ value: schema, example }: Sampled, seed: string, extent: Extent): Value {
  const made = new Values(schema, new Dice(seed), extent).of(schema, example);
  return isObject(made) ? made : example;
}

/** Valid: as little as there may be, as much, and each limit by itself. */
export function boundaryValues(contract: Sampled, seed: string): Sample[] {
  const whole = (extent: Extent, what: string): Sample => ({ value: valueOf(contract, seed, extent), path: '', what });
  return [
    whole('least', 'has only what must be there, as short as it may be'),
    whole('most', 'has all that may be there, long'),
    ...each(contract, seed, edgesOf),
  ].slice(0, SAMPLES_MAX);
}

/** Each refused by the schema, for one reason. */
export const brokenValues = (contract: Sampled, seed: string): Sample[] =>
  each(contract, seed, (place) => faultsOf(place, contract.value)).slice(0, SAMPLES_MAX);

function each(contract: Sampled, seed: string, puts: (place: Place) => readonly Put[]): Sample[] {
  const base = valueOf(contract, seed, 'full');
  return placesIn(contract.value, base).flatMap((place) =>
    puts(place).map(({ put, what }) => ({ value: withAt(base, place.steps, put), path: placeText(place.steps), what })),
  );
}
