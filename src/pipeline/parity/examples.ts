/**
 * The newest examples of each class of parity but `equal`, by route. Cells like all others:
 *
 *   ~parityexamples   by route, class and slot, with tabs between: one of them
 *
 * Values of fields with a class are not among them. Nothing is written where no capability asks for parity.
 */
import type { AggregateRef, Origin } from '../../domain/change-set.js';
import { eventId } from '../../domain/event-id.js';
import type { BadClass, Difference, Judged } from '../../domain/state/pairs.js';
import type { ContractDefinition } from '../../rules/contract.js';
import { classAt } from '../../rules/contracts/field-schema.js';
import type { PromiseOptions } from '../../rules/contracts/promise.js';
import type { Cell } from '../ports.js';
import { PARITY_ROUTES_MAX } from './figures.js';
import { isBad, signatureOf } from './signature.js';

export const EXAMPLES = '~parityexamples';
/** Of one route and class; the oldest goes first. */
export const EXAMPLES_MAX = 20;
const TAB = '\t';

export interface ParityExample {
  /** `routeText`, as figures have it. */
  readonly route: string;
  readonly class: BadClass;
  /** Only where it is `different`. */
  readonly signature?: string;
  /** First name, and id. */
  readonly aggregate: string;
  readonly id: string;
  readonly contract: string;
  readonly occurrence: string;
  /** The same of both sides. */
  readonly eventId: string;
  readonly differences: readonly ShownDifference[];
  /** When it was judged, in the legacy system's time. */
  readonly atMs: number;
  /** By which it was judged: a transaction of the legacy system, an event of the service (`transaction` is its id), or a timer (null). */
  readonly source: string;
  readonly transaction: string | null;
  /** Of an aggregate whose values are sealed in the journal: they are for those alone who ask for them. */
  readonly isSealed?: true;
}

/** Values as JSON, cut where they are long; `[personal]` in the place of one with a class. A side that is absent does not have the field. */
export interface ShownDifference {
  readonly path: string;
  readonly legacy?: string;
  readonly service?: string;
}

/** An example as it is stored. */
interface Stored extends Omit<ParityExample, 'route' | 'class'> {
  /** Its number among those of its route and class. */
  readonly n: number;
}

interface Ring {
  next: number;
  /** Aggregate by slot. */
  readonly slots: Map<number, string>;
}

export class ParityExamples {
  /** By route and class. */
  readonly #rings = new Map<string, Ring>();
  #fresh: Cell[] = [];

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#rings.clear();
    this.#fresh = [];
    for (const [field, text] of stored) {
      const tab = field.lastIndexOf(TAB);
      const { n, aggregate, id } = JSON.parse(text) as Stored;
      const ring = this.#of(field.slice(0, tab));
      ring.next = Math.max(ring.next, n + 1);
      ring.slots.set(Number(field.slice(tab + 1)), nameOf({ aggregate, id }));
    }
  }

  add({ route: asked, class: is, ...example }: ParityExample): void {
    const isKnown = this.#rings.has(`${asked}${TAB}${is}`);
    const route = isKnown || this.#rings.size < PARITY_ROUTES_MAX * CLASSES ? asked : example.contract;
    const ring = this.#of(`${route}${TAB}${is}`);
    const n = ring.next;
    const slot = n % EXAMPLES_MAX;
    ring.next += 1;
    ring.slots.set(slot, nameOf(example));
    const stored: Stored = { n, ...example };
    this.#fresh.push({ hash: EXAMPLES, field: `${route}${TAB}${is}${TAB}${slot}`, value: JSON.stringify(stored) });
  }

  /** An operator had it forgotten. */
  forget(aggregate: Pick<ParityExample, 'aggregate' | 'id'>): void {
    const name = nameOf(aggregate);
    for (const [place, { slots }] of this.#rings)
      for (const [slot, whose] of slots) {
        if (whose !== name) continue;
        slots.delete(slot);
        this.#fresh.push({ hash: EXAMPLES, field: `${place}${TAB}${slot}`, value: null });
      }
  }

  /** What is to be stored of it. */
  takeFresh(): readonly Cell[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  #of(place: string): Ring {
    let ring = this.#rings.get(place);
    if (ring === undefined) this.#rings.set(place, (ring = { next: 0, slots: new Map() }));
    return ring;
  }
}

const CLASSES = 5;

const nameOf = ({ aggregate, id }: Pick<ParityExample, 'aggregate' | 'id'>): string => `${aggregate}:${id}`;

/** What is stored, as it is meant: the newest of a route and class first. */
export function examplesIn(stored: Iterable<readonly [field: string, text: string]>): ParityExample[] {
  const all = [...stored].flatMap(([field, text]) => {
    const [route = '', is = ''] = field.split(TAB);
    const { n, ...example } = JSON.parse(text) as Stored;
    return isBad(is) ? [{ n, example: { route, class: is, ...example } }] : [];
  });
  const place = ({ example: { route, class: is } }: (typeof all)[number]): string => `${route}${TAB}${is}`;
  all.sort((a, b) => (place(a) === place(b) ? b.n - a.n : place(a) < place(b) ? -1 : 1));
  return all.map(({ example }) => example);
}

/** Of a value as it is shown. */
const VALUE_CHARS_MAX = 200;

/** Of which aggregate it is, and what judged it. */
interface ExampleOf extends AggregateRef {
  readonly origin: Origin;
  readonly promise: Pick<ContractDefinition, 'name' | 'majorVersion' | 'fields'>;
  readonly isSealed: boolean;
}

export function exampleOf(
  { differences, ...judged }: Judged & { readonly class: BadClass },
  { aggregate, id, origin, promise, isSealed }: ExampleOf,
): ParityExample {
  const { name, majorVersion } = promise;
  const { occurrence } = judged;
  return {
    ...{ ...judged, aggregate, id },
    ...(judged.class === 'different' ? { signature: signatureOf(differences) } : {}),
    eventId: eventId({ contract: name, majorVersion, aggregateId: id, occurrence }),
    differences: differences.map((each) => shown(each, promise)),
    ...{ atMs: origin.commitTimeMs, source: origin.source, transaction: origin.transactionId },
    ...(isSealed ? { isSealed } : {}),
  };
}

function shown({ path, legacy, service }: Difference, promise: PromiseOptions): ShownDifference {
  const secret = classAt(promise, path.replace(/\[\d+\]/g, '[]'));
  const text = (value: unknown): string => (secret === null ? shortJson(value) : `[${secret}]`);
  return {
    path,
    ...(legacy.value === undefined ? {} : { legacy: text(legacy.value) }),
    ...(service.value === undefined ? {} : { service: text(service.value) }),
  };
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}...` : text;
}
