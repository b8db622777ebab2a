/**
 * One real record made wrong. What a wrong record may do depends on whether it can be known to be wrong:
 *
 * - It is *legal* when its key, its topic and its header are untouched and its value is JSON with the same paths, each with the same
 *   type, or null where the other is not. Then it says something else, as the database might have; nobody can see that it is wrong.
 *   So it is, too, with a snapshot row that became a tombstone or is in another topic: nothing counts the rows of a snapshot.
 * - Everything else is *damage*, and no part of it may be taken for what was not written.
 */
import { isUtf8 } from 'node:buffer';
import { below, type Choices, chosen } from '../support/choices.js';
import { jsonText } from '../support/history/templates.js';
import type { RecordedRecord } from '../support/recordings.js';

export const MUTATIONS = [
  'bit flipped',
  'value cut',
  'member removed',
  'member retyped',
  'member doubled',
  'number made huge',
  'value replaced',
  'key damaged',
  'header damaged',
  'topic exchanged',
] as const;
export type MutationKind = (typeof MUTATIONS)[number];

export interface Mutant {
  readonly kind: MutationKind;
  readonly record: RecordedRecord;
  readonly isLegal: boolean;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** @param topics that the record could be found in instead. @returns null when this kind can do nothing to the record. */
export function mutant(
  record: RecordedRecord,
  kind: MutationKind,
  random: Choices,
  topics: readonly string[],
): Mutant | null {
  const changed = mutated(record, kind, random, topics);
  if (changed === null || JSON.stringify(changed) === JSON.stringify(record)) return null;
  return { kind, record: changed, isLegal: isLegal(record, changed) };
}

function mutated(
  record: RecordedRecord,
  kind: MutationKind,
  random: Choices,
  topics: readonly string[],
): RecordedRecord | null {
  const { value, key } = record;
  const inValue = (edit: (text: string) => string | null): RecordedRecord | null =>
    value === null ? null : { ...record, value: edit(value) };
  switch (kind) {
    case 'bit flipped':
      return inValue((text) => flipped(text, random));
    case 'value cut':
      return inValue((text) => text.slice(0, below(random, text.length)));
    case 'member removed':
      return inValue((text) =>
        editedAt(text, random, (parent, name) => {
          Reflect.deleteProperty(parent, name);
        }),
      );
    case 'member retyped':
      return inValue((text) =>
        editedAt(text, random, (parent, name) => ((parent as never)[name] = chosen(random, OTHERS) as never)),
      );
    case 'member doubled':
      return inValue((text) => doubled(text, random));
    case 'number made huge':
      return inValue((text) => huge(text, random));
    case 'value replaced':
      return {
        ...record,
        value: chosen(random, ['', '{}', '[]', 'null', '0', '"x"', '{"schema":null,"payload":null}', null]),
      };
    case 'key damaged':
      return {
        ...record,
        key: chosen(random, [null, '', '{}', key?.slice(0, -1) ?? 'x', 'null', '[1]', '{"ord_no":"x"}']),
      };
    case 'header damaged': {
      const name = '__debezium.newkey' in record.headers ? '__debezium.newkey' : '__debezium.oldkey';
      return {
        ...record,
        headers: { ...record.headers, [name]: chosen(random, ['', '{}', 'null', '{"ord_no":{}}', 'x']) },
      };
    }
    case 'topic exchanged':
      return { ...record, topic: chosen(random, topics) };
  }
}

/** What a member becomes. */
const OTHERS: readonly Json[] = [true, {}, [], 'x', '', 7, -1, 0.5, [null], { x: 1 }];

/** One bit. As the pipeline reads bytes: what is no UTF-8 is no text. */
function flipped(text: string, random: Choices): string {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return text;
  const at = below(random, bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
  return isUtf8(bytes) ? bytes.toString('utf8') : '\uFFFD';
}

/** Parents with the names of their members, at any depth. */
function membersOf(json: Json, found: [object, string][] = []): [object, string][] {
  if (typeof json !== 'object' || json === null) return found;
  for (const [name, value] of Object.entries(json)) {
    found.push([json, name]);
    membersOf(value, found);
  }
  return found;
}

const plain = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
};

/** Long numbers as `@@digits`, which {@link jsonText} turns back: nothing but the mutation may change. */
const parsed = (text: string): Json | undefined => {
  try {
    return JSON.parse(text.replace(/(?<=[:[])\d{16,}(?=[,}\]])/g, '"@@$&"')) as Json;
  } catch {
    return undefined;
  }
};

function editedAt(text: string, random: Choices, edit: (parent: object, name: string) => void): string | null {
  const json = parsed(text);
  const members = json === undefined ? [] : membersOf(json);
  const [parent, name] = chosen(random, members.length === 0 ? [[{}, ''] as [object, string]] : members);
  edit(parent, name);
  return json === undefined ? null : jsonText(json);
}

/** A member that stands twice with the same value, which most parsers take for one. */
function doubled(text: string, random: Choices): string {
  const members = [...text.matchAll(/"(\w+)":("[^"\\]*"|-?\d+|null|true|false)(?=[,}])/g)];
  if (members.length === 0) return text;
  const [whole, ,] = chosen(random, members);
  return text.replace(whole, `${whole},${whole}`);
}

const HUGE = [
  '1e400',
  '-1e400',
  '123456789012345678901234567890',
  '18446744073709551616',
  '1.5',
  '-0',
  '9007199254740993',
];

function huge(text: string, random: Choices): string {
  const numbers = [...text.matchAll(/(?<=[:[])-?\d+(?=[,}\]])/g)];
  const found = numbers.length === 0 ? undefined : chosen(random, numbers);
  if (found === undefined) return text;
  return text.slice(0, found.index) + chosen(random, HUGE) + text.slice(found.index + found[0].length);
}

/** See the head of this file. */
export function isLegal(original: RecordedRecord, changed: RecordedRecord): boolean {
  const isLost = isTombstone(changed) || changed.topic !== original.topic;
  if (isLost && original.value?.includes('"op":"r"') === true) return true;
  const { value, key, topic, headers } = original;
  const isUntouched =
    key === changed.key && topic === changed.topic && JSON.stringify(headers) === JSON.stringify(changed.headers);
  if (!isUntouched || value === null || changed.value === null) return false;
  const [before, after] = [plain(value), plain(changed.value)];
  return before !== undefined && after !== undefined && sameShape(before, after);
}

const isTombstone = ({ value }: RecordedRecord): boolean =>
  value === null || value === '{"schema":null,"payload":null}';

function sameShape(a: Json, b: Json): boolean {
  if (a === null || b === null) return true;
  if (typeof a !== typeof b || Array.isArray(a) !== Array.isArray(b)) return false;
  if (typeof a !== 'object' || typeof b !== 'object') return true;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => name in b && sameShape((a as never)[name], (b as never)[name]));
}
