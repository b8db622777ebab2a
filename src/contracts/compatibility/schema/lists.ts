/** Elements of lists: all of one schema, or each place with its own. Pure. */
import type { Compare, Difference, Pair } from './difference.js';
import { isSilent, type Plain, type Schema } from './words.js';

export function listDifferences({ writer, reader, path }: Pair, compare: Compare): readonly Difference[] {
  if (reader.items === undefined || (reader.type !== undefined && reader.type !== 'array')) return [];
  const places = Math.max(placesOf(writer), placesOf(reader));
  const rest = [restOf(writer), restOf(reader)] as const;
  return [
    ...Array.from({ length: places }, (_, place) => place).flatMap((place) =>
      elements([elementAt(writer, place), elementAt(reader, place)], `${path}[${place}]`, compare),
    ),
    ...elements(rest, `${path}[]`, compare),
  ];
}

/** False: there can be no such element. */
function elements([written, read]: readonly [Schema, Schema], path: string, compare: Compare): readonly Difference[] {
  if (written === false) return [];
  return read === false
    ? [{ kind: 'extra', path, writer: 'an element', reader: undefined }]
    : compare(written, read, path);
}

const isTuple = (items: Plain['items']): items is readonly Exclude<Schema, boolean>[] => Array.isArray(items);

const placesOf = ({ items }: Plain): number => (isTuple(items) ? items.length : 0);

const elementAt = (schema: Plain, place: number): Schema =>
  (isTuple(schema.items) ? schema.items[place] : undefined) ?? restOf(schema);

function restOf({ items, additionalItems = true, maxItems }: Plain): Schema {
  if (!isTuple(items)) return (items as Schema | undefined) ?? true;
  if (maxItems !== undefined && maxItems <= items.length) return false;
  return isSilent(additionalItems) ? true : additionalItems;
}
