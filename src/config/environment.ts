/**
 * `DRAGOMAN_*` variables -> overrides. Every one is known, or it is a problem. Empty counts as not set, as Compose writes it.
 * Lists are separated by commas; `DRAGOMAN_PIPELINES` is YAML or JSON; `<secret>_FILE` names a file with the value.
 */
import { parseDocument } from 'yaml';
import { describeConfig, VARIABLE_PREFIX, type KeyRow } from './describe.js';
import { suggestion } from './near-miss.js';
import { withoutNulls } from './path.js';
import { problemAt, type ConfigProblem } from './problem.js';

export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadText = (path: string) => string;

export interface Override {
  readonly path: readonly string[];
  readonly variable: string;
  readonly value: unknown;
}

/** Names the config file itself; read by the command line. */
export const CONFIG_VARIABLE = 'DRAGOMAN_CONFIG';

/** A token of the HTTP surface, for commands that ask a member; read by the command line. */
export const TOKEN_VARIABLE = 'DRAGOMAN_TOKEN';

/** Password of the user of a database that `dragoman init` looks at; read by the command line. */
export const DATABASE_PASSWORD_VARIABLE = 'DRAGOMAN_DATABASE_PASSWORD';

/** Of the test stack; a process started beside it inherits them. */
const STACK_VARIABLES = ['DRAGOMAN_STACK', 'DRAGOMAN_STACK_CACHE'];

export function readEnvironment(
  env: Environment,
  readText: ReadText,
): { overrides: readonly Override[]; problems: readonly ConfigProblem[] } {
  const keys = describeConfig().filter(({ variable }) => variable !== null);
  const overrides: Override[] = [];
  const problems = unknownVariables(env, keys);
  for (const key of keys) {
    const result = overrideOf(key, env, readText);
    if (result === null) continue;
    if ('code' in result) problems.push(result);
    else overrides.push(result);
  }
  return { overrides, problems };
}

function overrideOf(key: KeyRow, env: Environment, readText: ReadText): Override | ConfigProblem | null {
  const variable = key.variable ?? '';
  const direct = env[variable] ?? '';
  const fileName = key.fileVariable === null ? '' : (env[key.fileVariable] ?? '');
  if (fileName === '') return direct === '' ? null : override(key, variable, direct);
  const fileVariable = key.fileVariable ?? '';
  const origin = { kind: 'env', variable: fileVariable } as const;
  if (direct !== '') {
    return problemAt('value-twice', key.key, `set by ${variable} and by ${fileVariable}; keep one of them`, origin);
  }
  try {
    return override(key, fileVariable, readText(fileName).replace(/\r?\n$/, ''));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    return problemAt('file-unreadable', key.key, `cannot read ${fileName}: ${reason}`, origin);
  }
}

function override(key: KeyRow, variable: string, text: string): Override | ConfigProblem {
  const base = { path: key.path, variable };
  if (key.type === 'whole number') return { ...base, value: /^-?\d+$/.test(text.trim()) ? Number(text) : text };
  if (key.type === 'true or false') return { ...base, value: TRUTHS.get(text.trim().toLowerCase()) ?? text };
  if (key.type === 'list') return { ...base, value: splitList(text) };
  if (key.type !== 'record') return { ...base, value: text };
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length === 0) return { ...base, value: withoutNulls(document.toJS()) };
  return problemAt('yaml-invalid', key.key, 'expected YAML or JSON on one line', { kind: 'env', variable });
}

const TRUTHS = new Map([
  ['true', true],
  ['false', false],
]);

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function unknownVariables(env: Environment, keys: readonly KeyRow[]): ConfigProblem[] {
  const known = keys.flatMap(({ variable, fileVariable }) => [variable, fileVariable]).filter((name) => name !== null);
  const all = new Set([...known, CONFIG_VARIABLE, TOKEN_VARIABLE, DATABASE_PASSWORD_VARIABLE, ...STACK_VARIABLES]);
  return Object.keys(env)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && !all.has(name) && !isServiceLink(name, env[name] ?? ''))
    .sort()
    .map((name) =>
      problemAt('variable-unknown', name, `unknown variable${suggestion(name, known)}`, {
        kind: 'env',
        variable: name,
      }),
    );
}

/** Kubernetes describes a Service named `dragoman` to every container beside it in variables of this form. */
const isServiceLink = (name: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name) ||
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value));
