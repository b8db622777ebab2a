/** Paths into the configuration: how they are written, read and set. Segments are keys, or places in a list. */
import { isObject } from '../domain/json-text.js';

export type Segment = string | number;
export type Path = readonly Segment[];

/** `pipelines.orders.sources[0].name`. */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');

/** The value at a path, or undefined. */
export const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, segment) => {
    if (Array.isArray(value)) return typeof segment === 'number' ? (value as unknown[])[segment] : undefined;
    return isObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
  }, root);

/** The paths that one with placeholders stands for: `<database>` for each name that there is. */
export const pathsIn = (root: unknown, path: readonly string[]): readonly (readonly string[])[] =>
  path.reduce<readonly (readonly string[])[]>(
    (found, segment) =>
      found.flatMap((place) => {
        if (!segment.startsWith('<')) return [[...place, segment]];
        const record = valueAt(root, place);
        return isObject(record) ? Object.keys(record).map((name) => [...place, name]) : [];
      }),
    [[]],
  );

/** A copy with the value at a path of keys set; sections that are missing or not sections are made. */
export function withValue(root: unknown, path: readonly string[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const record = isObject(root) ? root : {};
  return { ...record, [head]: withValue(record[head], rest, value) };
}

/** A copy without the key at a path; inside a list the whole list goes, because a shorter list means something else. */
export function withoutValue(root: unknown, path: Path): unknown {
  const list = path.findIndex((segment) => typeof segment === 'number');
  const keys = (list === -1 ? path : path.slice(0, list)) as readonly string[];
  const [head, ...rest] = keys;
  if (head === undefined || !isObject(root)) return {};
  const others = Object.fromEntries(Object.entries(root).filter(([name]) => name !== head));
  return rest.length === 0 || !isObject(root[head]) ? others : { ...others, [head]: withoutValue(root[head], rest) };
}

/** A copy without keys whose value is null: in YAML a key with nothing after it is a key that is not set. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [name, withoutNulls(inner)]),
  );
}

export const startsWith = (path: Path, prefix: Path): boolean => prefix.every((segment, i) => path[i] === segment);
