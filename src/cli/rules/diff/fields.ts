/** Two events with one id: which of their fields differ, and how. Metadata that says where an event stands is no field of it. Pure. */
import { isObject } from '../../../domain/json-text.js';
import { isDeepStrictEqual } from 'node:util';
import type { ToldEvent } from './told.js';

export interface FieldDifference {
  /** `lines[0].unitPrice` */
  readonly path: string;
  /** The same for every place of a list: `lines[].unitPrice`. */
  readonly field: string;
  /** Both absent: not to be shown. Undefined: it is not there. */
  readonly from?: unknown;
  readonly to?: unknown;
}

export const withoutValues = ({ path, field }: FieldDifference): FieldDifference => ({ path, field });

/** What follows from when an event was told, and in which order. */
const OF_PLACE: ReadonlySet<string> = new Set(['occurredAt', 'sequence', 'causationId']);

export function differingFields(from: ToldEvent, to: ToldEvent): FieldDifference[] {
  const said = ({ event }: ToldEvent): object =>
    Object.fromEntries([
      ['(topic)', event.topic],
      ...Object.entries(event.value).filter(([name]) => !OF_PLACE.has(name)),
    ]);
  return differences('', said(from), said(to));
}

/** Of all depths; a list of another length differs as a whole. */
export function differences(path: string, from: unknown, to: unknown): FieldDifference[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.flatMap((each, i) => differences(`${path}[${i}]`, each, to[i]));
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => differences(path === '' ? name : `${path}.${name}`, own(from, name), own(to, name)));
  }
  return [{ path, field: path.replace(/\[\d+\]/g, '[]'), from, to }];
}

/** Each object has something called `constructor`, whether or not the event says it. */
const own = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined;
