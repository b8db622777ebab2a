/**
 * Two events of one contract, aggregate and occurrence, field by field. In: the values on the wire of both sides; out: where they
 * differ beyond what the author allows. Metadata is not compared: both sides number and date by themselves. Pure.
 *
 * P1. The answer is the same with the sides exchanged, but for which is which.
 * P2. What is equal byte for byte is equal, whatever is allowed.
 * P3. A list without order is equal when its elements can be paired so that each pair is equal.
 */
import { isObject } from '../../domain/json-text.js';
import { type Difference, DIFFERENCES_MAX, type Side } from '../../domain/state/pairs.js';
import { METADATA_FIELDS } from '../../rules/contract.js';
import type { CompiledParity } from '../../rules/parity/parity.js';
import { decimal } from '../../rules/values/decimal.js';
import { instantMs } from '../../rules/values/instant.js';

/** Elements of a list without order that are paired; the order of a longer one counts. */
export const UNORDERED_MAX = 500;

type Value = Readonly<Record<string, unknown>>;

const METADATA: ReadonlySet<string> = new Set(METADATA_FIELDS);

/** At most {@link DIFFERENCES_MAX}; none: they say the same. */
export function compareEvents(legacy: Value, service: Value, rules: CompiledParity): Difference[] {
  const found: Difference[] = [];
  const names = namesOf(legacy, service).filter((name) => !METADATA.has(name));
  compareFields({ legacy, service, names }, { path: '', rule: '' }, rules, found);
  return found;
}

interface Place {
  /** With the places in lists, for people. */
  readonly path: string;
  /** Without, as rules name it. */
  readonly rule: string;
}

interface Objects {
  readonly legacy: Value;
  readonly service: Value;
  readonly names: readonly string[];
}

function compareFields(
  { legacy, service, names }: Objects,
  at: Place,
  rules: CompiledParity,
  found: Difference[],
): void {
  for (const name of names) {
    const place = { path: joined(at.path, name), rule: joined(at.rule, name) };
    if (rules.ignored.has(place.rule)) continue;
    const [ours, theirs] = [sideOf(legacy, name), sideOf(service, name)];
    if ('value' in ours && 'value' in theirs) compareValues(ours.value, theirs.value, place, rules, found);
    else note(found, { path: place.path, legacy: ours, service: theirs });
  }
}

function compareValues(legacy: unknown, service: unknown, at: Place, rules: CompiledParity, found: Difference[]): void {
  if (found.length >= DIFFERENCES_MAX) return;
  if (Array.isArray(legacy) && Array.isArray(service)) return compareLists(legacy, service, at, rules, found);
  if (isObject(legacy) && isObject(service))
    return compareFields({ legacy, service, names: namesOf(legacy, service) }, at, rules, found);
  if (isSame(legacy, service, at.rule, rules)) return;
  note(found, { path: at.path, legacy: { value: legacy }, service: { value: service } });
}

function compareLists(
  legacy: readonly unknown[],
  service: readonly unknown[],
  at: Place,
  rules: CompiledParity,
  found: Difference[],
): void {
  const inside = { path: `${at.path}[]`, rule: `${at.rule}[]` };
  if (rules.ignored.has(inside.rule)) return;
  const isPaired = rules.unordered.has(at.rule) && Math.max(legacy.length, service.length) <= UNORDERED_MAX;
  if (isPaired) return comparePaired(legacy, service, inside, rules, found);
  for (let i = 0; i < Math.max(legacy.length, service.length); i += 1) {
    const place = { path: `${at.path}[${i}]`, rule: inside.rule };
    if (i < legacy.length && i < service.length) compareValues(legacy[i], service[i], place, rules, found);
    else note(found, { path: place.path, legacy: elementOf(legacy, i), service: elementOf(service, i) });
  }
}

/** Elements that find no partner, of both sides. */
function comparePaired(
  legacy: readonly unknown[],
  service: readonly unknown[],
  inside: Place,
  rules: CompiledParity,
  found: Difference[],
): void {
  const partners = pairs(legacy, service, (ours, theirs) => {
    const differences: Difference[] = [];
    compareValues(ours, theirs, inside, rules, differences);
    return differences.length === 0;
  });
  const taken = new Set(partners);
  const alone = legacy.filter((_, i) => partners[i] === undefined);
  const others = service.filter((_, i) => !taken.has(i));
  for (let i = 0; i < Math.max(alone.length, others.length); i += 1)
    note(found, { path: inside.path, legacy: elementOf(alone, i), service: elementOf(others, i) });
}

/**
 * The largest pairing, because being equal within a tolerance is not transitive: an element that was paired is given another partner where
 * that lets one more be paired (Kuhn's algorithm). @returns by place on the left, the place on the right.
 */
function pairs<T>(left: readonly T[], right: readonly T[], isEqual: (a: T, b: T) => boolean): (number | undefined)[] {
  const known = new Map<number, boolean>();
  const fits = (i: number, j: number): boolean => {
    const at = i * right.length + j;
    const answer = known.get(at) ?? isEqual(left[i] as T, right[j] as T);
    known.set(at, answer);
    return answer;
  };
  const leftOf: (number | undefined)[] = right.map(() => undefined);
  const place = (i: number, seen: Set<number>): boolean => {
    // What stands at the same place mostly is the same.
    for (const j of [i, ...right.keys()]) {
      if (j >= right.length || seen.has(j) || !fits(i, j)) continue;
      seen.add(j);
      const other = leftOf[j];
      if (other !== undefined && !place(other, seen)) continue;
      leftOf[j] = i;
      return true;
    }
    return false;
  };
  for (const i of left.keys()) place(i, new Set());
  const rightOf: (number | undefined)[] = left.map(() => undefined);
  for (const [j, i] of leftOf.entries()) if (i !== undefined) rightOf[i] = j;
  return rightOf;
}

function isSame(legacy: unknown, service: unknown, path: string, { numbers, timesMs }: CompiledParity): boolean {
  if (Object.is(legacy, service)) return true;
  const number = numbers.get(path);
  if (number !== undefined && isDecimal(legacy) && isDecimal(service)) return isNear(legacy, service, number);
  const ms = timesMs.get(path);
  const [ours, theirs] = ms === undefined ? [null, null] : [instantMs(legacy), instantMs(service)];
  return ms !== undefined && ours !== null && theirs !== null && Math.abs(ours - theirs) <= ms;
}

/** Exact: a number with a fraction is taken by the digits that JSON has of it. */
function isNear(legacy: string | number, service: string | number, tolerance: string): boolean {
  const difference = decimal.minus(String(legacy), String(service));
  return decimal.compare(difference.replace(/^-/, ''), tolerance) <= 0;
}

const DECIMAL = /^-?\d{1,40}(\.\d{1,40})?$/;

const isDecimal = (value: unknown): value is string | number =>
  (typeof value === 'number' || typeof value === 'string') && DECIMAL.test(String(value));

function note(found: Difference[], difference: Difference): void {
  if (found.length < DIFFERENCES_MAX) found.push(difference);
}

/** Those of the legacy side first, in its order. */
const namesOf = (legacy: Value, service: Value): string[] => [
  ...new Set([...Object.keys(legacy), ...Object.keys(service)]),
];

const sideOf = (value: Value, name: string): Side => (Object.hasOwn(value, name) ? { value: value[name] } : {});

const elementOf = (list: readonly unknown[], i: number): Side => (i < list.length ? { value: list[i] } : {});

const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
