/** What became different from one published contract to another, and whom it breaks. Pure. */
import type { Json, JsonSchema } from '../../rules/contracts/json-schema.js';
import type { ChangeCode } from './codes.js';
import { differences } from './schema/compare.js';
import { type Difference, type Direction, KINDS } from './schema/difference.js';

export interface Change {
  readonly code: ChangeCode;
  /** Field as `lines[].sku`, or what of the promise: `topic`; empty: the whole. */
  readonly path: string;
  /** Word of the schema, where that says more: `maxLength`. */
  readonly word?: string;
  /** Null: nothing was said. */
  readonly from: Json;
  readonly to: Json;
  /** `forward`: consumers built on the old one, by new events. `backward`: those built on the new one, by events of before. */
  readonly breaks: readonly Direction[];
  /** As a registry has it that reads an unknown name of an open object as anything, and a default as a value. */
  readonly breaksStrictly: readonly Direction[];
}

export function schemaChanges(from: JsonSchema, to: JsonSchema): Change[] {
  const merged = new Map<string, Change>();
  const add = (difference: Difference, direction: Direction): void => {
    const change = changeOf(difference, direction);
    const key = JSON.stringify([change.code, change.path, change.word]);
    const before = merged.get(key);
    merged.set(key, before === undefined ? change : both(before, change));
  };
  for (const each of differences({ writer: to, reader: from })) add(each, 'forward');
  for (const each of differences({ writer: from, reader: to })) add(each, 'backward');
  return [...merged.values()];
}

function changeOf({ kind, path, word, writer = null, reader = null, minds }: Difference, direction: Direction): Change {
  const isForward = direction === 'forward';
  const isTaken = minds === 'nobody' || (minds === 'strict' && !isForward);
  return {
    code: KINDS[kind][direction],
    path,
    ...(word === undefined ? {} : { word }),
    from: isForward ? reader : writer,
    to: isForward ? writer : reader,
    // What an old consumer reads and a new event need not have is missed by it, whatever else may stand under the name.
    breaks: isTaken ? [] : [direction],
    breaksStrictly: minds === 'nobody' || minds === 'validators' ? [] : [direction],
  };
}

const both = (a: Change, b: Change): Change => ({
  ...a,
  breaks: [...new Set([...a.breaks, ...b.breaks])],
  breaksStrictly: [...new Set([...a.breaksStrictly, ...b.breaksStrictly])],
});
