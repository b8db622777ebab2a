/**
 * Where the value of a column reaches an event: a fact that happened is asked again with another value in that column alone, and what comes out
 * different depends on it, in whatever way: copied, derived, or by a condition (non-interference). What is the same for all values that were
 * tried counts as independent.
 */
import type { ColumnValue } from '../../../../domain/tables/table.js';
import type { ContractDefinition } from '../../../../rules/contract.js';
import { containersOf, fieldSchema, fieldsOf } from '../../../../rules/contracts/field-schema.js';
import type { Context, Fact, JsonObject } from '../../../../rules/fact.js';
import { type Publication, Withheld } from '../../../../rules/publication.js';
import { plainObject } from '../../../../translate/plain.js';
import { contextIn, mapFields, occurredAtOf } from '../../../../translate/publish/publish.js';
import { differences } from '../../diff/fields.js';
import { type Classed, nameOf } from './classed.js';
import { type Other, othersOf } from './others.js';
import { type Change, rowWith } from './scene.js';
import type { Happening, Witness } from './witness.js';

/** A place of an event that depends on a column. */
export interface Flow {
  readonly from: Classed;
  /** Name of the fact. */
  readonly fact: string;
  readonly contract: ContractDefinition;
  /** Where a class can be said: a field. */
  readonly kind: 'field' | 'context' | 'occurredAt' | 'reason';
  /** As in `fields` of the contract: `lines[].sku`; a name of the context. */
  readonly path: string;
}

export interface Flows {
  readonly flows: readonly Flow[];
  /** Columns that a fact read, and no event came of any other value: nothing can be said of them. */
  readonly silent: readonly Pick<Flow, 'from' | 'fact' | 'contract'>[];
}

type Watch = <T>(run: () => T) => T;

/** @param watch ends rules that take too long. */
export function flowsOf(witness: Witness, watch: Watch): Flows {
  const flows = new Map<string, Flow>();
  const tried = new Map<string, { readonly at: Flows['silent'][number]; isSilent: boolean }>();
  for (const happening of witness.happenings) {
    const { fact, reads } = happening;
    const publications = witness.rules.publications.filter((one) => one.fact === fact);
    for (const from of witness.classed.filter((one) => reads.has(nameOf(one)))) {
      const again = new Again(happening, from, watch);
      const { shown, isSame } = again.shown(othersOf(from.definition, witness.recorded(from)));
      for (const publication of publications) {
        const { contract } = publication;
        const at = { from, fact: fact.name, contract };
        const answers = again.answers(publication, shown);
        const name = JSON.stringify([nameOf(from), fact.name, contract.name, contract.majorVersion]);
        const isSilent = answers.length < 2 && !isSame;
        tried.set(name, { at, isSilent: isSilent && tried.get(name)?.isSilent !== false });
        for (const place of placesOf(answers, contract, happening.shown.context)) {
          const key = JSON.stringify([nameOf(from), contract.name, contract.majorVersion, place]);
          if (!flows.has(key)) flows.set(key, { ...at, ...place });
        }
      }
    }
  }
  const silent = [...tried.values()].flatMap(({ at, isSilent }) => (isSilent ? [at] : []));
  return { flows: [...flows.values()], silent };
}

/** What a publication says of one fact. */
type Answer = { readonly value: JsonObject } | { readonly reason: string };

/** One happening, asked again with other values in one column. */
class Again {
  readonly #happening: Happening;
  readonly #from: Classed;
  readonly #watch: Watch;

  constructor(happening: Happening, from: Classed, watch: Watch) {
    this.#happening = happening;
    this.#from = from;
    this.#watch = watch;
  }

  /** What publications are given: as it happened first, then each that differs; without those of which no fact comes. */
  shown(others: readonly Other[]): { readonly shown: readonly Fact<JsonObject>[]; readonly isSame: boolean } {
    const all = [(value: ColumnValue) => value, ...others].flatMap((other) => this.#shownBy(other) ?? []);
    const shown = [...new Map(all.map((fact) => [JSON.stringify(fact), fact])).values()];
    return { shown, isSame: all.length > 1 && shown.length === 1 };
  }

  answers(publication: Publication, shown: readonly Fact<JsonObject>[]): Answer[] {
    return shown.flatMap((fact) => this.#quietly(() => answerOf(publication, fact)) ?? []);
  }

  #shownBy(other: Other): Fact<JsonObject> | null {
    const { fact, aggregate, given, context, shown } = this.#happening;
    const { table, column, isUser } = this.#from;
    const change: Change = (row, { name }) =>
      name === table.name ? rowWith(row, column, (value) => other(value as ColumnValue)) : row;
    return this.#quietly(() => {
      const ask = fact.data as (...given: unknown[]) => unknown;
      const { user } = shown.origin;
      const otherUser = isUser && user !== null ? other(user) : user;
      const names = Object.entries(aggregate.context).map(([name, of]) => ({ name, of }));
      return Object.freeze({
        ...shown,
        data: plainObject(ask(...given.map((one) => one(change)))),
        context:
          context === null ? shown.context : contextIn(context(change), { called: aggregate.name, context: names }),
        origin: Object.freeze({ ...shown.origin, user: typeof otherUser === 'string' ? otherUser : null }),
      });
    });
  }

  /** Whatever rules throw about a value that never was: no event comes of it. */
  #quietly<T>(ask: () => T): T | null {
    try {
      return this.#watch(ask);
    } catch {
      return null;
    }
  }
}

function answerOf(publication: Publication, fact: Fact<JsonObject>): Answer {
  const { contract } = publication;
  const fields = mapFields(publication, fact);
  if (fields instanceof Withheld) return { reason: fields.reason };
  const occurredAt = occurredAtOf(contract, fields, fact.committedAt);
  return { value: { ...fields, ...fact.context, occurredAt } };
}

type Place = Pick<Flow, 'kind' | 'path'>;

function placesOf(answers: readonly Answer[], contract: ContractDefinition, context: Context): Place[] {
  const values = answers.flatMap((answer) => ('value' in answer ? [answer.value] : []));
  const reasons = new Set(answers.flatMap((answer) => ('reason' in answer ? [answer.reason] : [])));
  const differing = new Set(values.flatMap((value) => differences('', values[0], value).map(({ field }) => field)));
  const places = [...differing].map((field): Place => {
    if (field === 'occurredAt') return { kind: 'occurredAt', path: field };
    if (Object.hasOwn(context, field)) return { kind: 'context', path: field };
    return { kind: 'field', path: declaredPath(field, pathsOf(contract)) };
  });
  return reasons.size > 1 ? [...places, { kind: 'reason', path: 'withhold' }] : places;
}

/** To make a schema of a contract takes its time. */
const known = new WeakMap<ContractDefinition, readonly string[]>();

function pathsOf(contract: ContractDefinition): readonly string[] {
  const paths = known.get(contract) ?? fieldsOf(fieldSchema(contract.data)).map(({ path }) => path);
  known.set(contract, paths);
  return paths;
}

/** As the contract names it: a part of a list of texts is told by the list, a name of a map by `*`. */
function declaredPath(field: string, paths: readonly string[]): string {
  const begins = (path: string): boolean =>
    paths.some((one) => one === path || one.startsWith(`${path}.`) || one.startsWith(`${path}[]`));
  let at = '';
  for (const [, list, name = ''] of field.matchAll(/(\[\])|([^.[\]]+)/g)) {
    if (list !== undefined) at += list;
    else {
      const path = at === '' ? name : `${at}.${name}`;
      at = begins(path) ? path : `${at}.*`;
    }
  }
  return [at, ...containersOf(at)].find((path) => paths.includes(path)) ?? field;
}
