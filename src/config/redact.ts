/** The configuration as it may be shown: secrets hidden, and each effective value with the place it came from. */
import { isObject } from '../domain/json-text.js';
import { describeConfig } from './describe.js';
import { pathsIn, pathText, valueAt, withValue, type Path } from './path.js';
import type { LoadedConfig } from './load.js';
import type { Origin } from './problem.js';
import type { Config } from './schema.js';

export const HIDDEN = '***';

/** Same shape, secrets hidden; a secret that is not set stays null. */
export function redact(config: Config): Config {
  const secrets = describeConfig().flatMap(({ path, secret }) =>
    secret === null ? [] : pathsIn(config, path).map((place) => ({ place, secret })),
  );
  return secrets.reduce<unknown>((shown, { place, secret }) => {
    const value = valueAt(shown, place);
    if (typeof value !== 'string') return shown;
    return withValue(shown, place, secret === 'whole' ? HIDDEN : withoutPassword(value));
  }, config) as Config;
}

const withoutPassword = (url: string): string => url.replace(/^([a-z]+:\/\/[^:@/]*):.*@/, `$1:${HIDDEN}@`);

/** An error as it may be shown. */
export interface ShownError {
  readonly type: string;
  readonly code?: string;
  readonly stack: string;
  readonly cause?: ShownError;
}

/**
 * Names, words and places of an error and of its causes, and no other property: clients hang the call that failed on their errors, with
 * its arguments, and that of a login has the password.
 */
export function shownError(error: unknown): ShownError {
  if (!(error instanceof Error)) return { type: typeof error, stack: 'thrown, and not an error' };
  const { code } = error as { readonly code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack ?? error.message,
    ...(error.cause === undefined ? {} : { cause: shownError(error.cause) }),
  };
}

export interface EffectiveRow {
  readonly key: string;
  /** Redacted. */
  readonly value: unknown;
  readonly origin: Origin;
}

/** Every effective value, in the order of the schema. */
export const effectiveRows = ({ config, originOf }: LoadedConfig): readonly EffectiveRow[] =>
  leaves(redact(config), []).map(({ path, value }) => ({ key: pathText(path), value, origin: originOf(path) }));

function leaves(value: unknown, path: Path): { path: Path; value: unknown }[] {
  if (isObject(value)) return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
  if (Array.isArray(value) && value.some(isObject)) return value.flatMap((inner, i) => leaves(inner, [...path, i]));
  return [{ path, value }];
}

/** `default`, `dragoman.yaml:12` or the name of the variable. */
export function originText(origin: Origin): string {
  if (origin.kind === 'default') return 'default';
  if (origin.kind === 'env') return origin.variable;
  return origin.line === null ? origin.file : `${origin.file}:${origin.line}`;
}
