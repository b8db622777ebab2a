/**
 * The language of rules, which remembers where each thing was declared. It makes the same things as `dragoman/rules`; nothing that decides
 * looks at what is remembered.
 */
import type { SourceMap } from 'node:module';
import * as dsl from '../../rules/index.js';
import { placeOfStack } from './rules-places.js';
import type { Place } from './rules-problems.js';

/** Tables, aggregates, facts, contracts, publications, interventions, origins and capabilities that rules declared, listed or not. */
export class Declarations {
  readonly #stacks = new Map<object, string>();

  get all(): readonly object[] {
    return [...this.#stacks.keys()];
  }

  /** Null: it was not declared in the rules. */
  placeOf(declared: object, sourceMap: SourceMap): Place | null {
    return placeOfStack(this.#stacks.get(declared), sourceMap);
  }

  /** What rules import as `dragoman/rules`. */
  readonly dsl: object = {
    ...dsl,
    table: this.#noting(dsl.table),
    contract: this.#noting(dsl.contract),
    intervention: this.#noting(dsl.intervention),
    capability: this.#noting(dsl.capability),
    origin: {
      annotated: this.#noting(dsl.origin.annotated),
      columns: this.#noting(dsl.origin.columns),
    },
    aggregate: this.#noting((...declared: Parameters<typeof dsl.aggregate>) => this.#aggregate(...declared)),
    correct: (...what: Parameters<typeof dsl.correct>) => ({ as: this.#noting(dsl.correct(...what).as) }),
    publish: (...fact: Parameters<typeof dsl.publish>) => ({ as: this.#noting(dsl.publish(...fact).as) }),
  };

  #aggregate(...declared: Parameters<typeof dsl.aggregate>) {
    const made = dsl.aggregate(...declared);
    return {
      ...made,
      milestone: this.#noting((...fact: Parameters<typeof made.milestone>) => made.milestone(...fact)),
      overdue: this.#noting((...fact: Parameters<typeof made.overdue>) => made.overdue(...fact)),
      transition: this.#noting((...fact: Parameters<typeof made.transition>) => made.transition(...fact)),
      each: (...member: Parameters<typeof made.each>) => {
        const each = made.each(...member);
        return {
          inserted: this.#noting((...fact: Parameters<typeof each.inserted>) => each.inserted(...fact)),
          deleted: this.#noting((...fact: Parameters<typeof each.deleted>) => each.deleted(...fact)),
          became: this.#noting((...fact: Parameters<typeof each.became>) => each.became(...fact)),
        };
      },
    };
  }

  #noting<A extends readonly unknown[], T extends object>(make: (...given: A) => T): (...given: A) => T {
    return (...given) => {
      const made = make(...given);
      this.#stacks.set(made, new Error().stack ?? '');
      return made;
    };
  }
}
