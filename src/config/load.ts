/**
 * File and environment in, a valid configuration out, or one error with every problem at once. Pure: reading a file is passed in.
 * Order of strength: default, file, environment.
 */
import { isObject } from '../domain/json-text.js';
import type { z } from 'zod';
import { DragomanError } from '../errors.js';
import { describeConfig, placeholderOf } from './describe.js';
import { readEnvironment, type Environment, type Override, type ReadText } from './environment.js';
import { suggestion } from './near-miss.js';
import { pathText, startsWith, valueAt, withoutValue, withValue, type Path, type Segment } from './path.js';
import { problemAt, problemText, type ConfigProblem, type Locate } from './problem.js';
import { configSchema, type Config } from './schema.js';
import { unsafePairs } from './unsafe-pairs.js';
import { readYaml, type YamlFile } from './yaml-file.js';

export interface LoadOptions {
  /** Path of the YAML file; null reads none. */
  readonly file: string | null;
  readonly env: Environment;
  /** Reads the config file and the files that `*_FILE` variables name. Throws when it cannot. */
  readonly readText: ReadText;
  /** False for commands that do not run pipelines. Default true. */
  readonly pipelinesRequired?: boolean;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where the value at a path came from. */
  readonly originOf: Locate;
}

/** @throws DragomanError CONFIG_INVALID with `details.problems` ({@link ConfigProblem}[]). */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { file, env, readText, pipelinesRequired = true } = options;
  const yaml = file === null ? null : readFile(file, readText);
  const { overrides, problems: variables } = readEnvironment(env, readText);
  const input = overrides.reduce<unknown>(
    (values, { path, value }) => withValue(values, path, value),
    yaml?.values ?? {},
  );
  const originOf = locate(file, yaml, overrides);
  const { config, problems: values } = parse(input, originOf);
  const problems = [...(yaml?.problems ?? []), ...variables, ...values].sort(byLine);
  const none = config !== null && Object.keys(config.pipelines).length === 0;
  if (pipelinesRequired && none && problems.length === 0) {
    const text = 'no pipeline is configured, so nothing would be read; name at least one with its source';
    problems.push(problemAt('pipelines-missing', 'pipelines', text, { kind: 'default' }));
  }
  if (config === null || problems.length > 0) throw invalid(problems);
  return { config, originOf };
}

/** Problems of the file in its order, then the others as they were found. */
const byLine = (a: ConfigProblem, b: ConfigProblem): number => (a.line ?? Infinity) - (b.line ?? Infinity) || 0;

function readFile(file: string, readText: ReadText): YamlFile {
  try {
    return readYaml(file, readText(file));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    const problem = problemAt('file-unreadable', '', `cannot read the config file: ${reason}`, {
      kind: 'file',
      file,
      line: null,
    });
    return { values: {}, problems: [problem], lineOf: () => null };
  }
}

function locate(file: string | null, yaml: YamlFile | null, overrides: readonly Override[]): Locate {
  return (path) => {
    const override = overrides.find((candidate) => startsWith(path, candidate.path));
    if (override !== undefined) return { kind: 'env', variable: override.variable };
    if (file === null || yaml === null || valueAt(yaml.values, path) === undefined) return { kind: 'default' };
    return { kind: 'file', file, line: yaml.lineOf(path) };
  };
}

/** Parses; when values are wrong, parses once more without them, so that unsafe pairs of the others show in the same run. */
function parse(input: unknown, originOf: Locate): { config: Config | null; problems: ConfigProblem[] } {
  const first = configSchema.safeParse(input);
  if (first.success) return { config: first.data, problems: pairProblems(first.data, [], originOf) };
  const problems = first.error.issues.flatMap((issue) => issueProblems(issue, input, originOf));
  const wrong = first.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((name) => [...pathOf(issue), name]) : [pathOf(issue)],
  );
  const rest = wrong.map(outsideRecords).reduce<unknown>(withoutValue, input);
  const second = configSchema.safeParse(rest);
  if (second.success) problems.push(...pairProblems(second.data, wrong, originOf));
  return { config: null, problems };
}

function pairProblems(config: Config, wrong: readonly Path[], originOf: Locate): ConfigProblem[] {
  return unsafePairs(config)
    .filter(({ paths }) => !paths.some((path) => wrong.some((bad) => startsWith(path, bad))))
    .map(({ paths, text }) => {
      const [shown = []] = paths;
      const set = paths.find((path) => originOf(path).kind !== 'default') ?? shown;
      return problemAt('pair-unsafe', pathText(shown), text, originOf(set));
    });
}

const pathOf = (issue: z.core.$ZodIssue): Path =>
  issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));

function issueProblems(issue: z.core.$ZodIssue, input: unknown, originOf: Locate): ConfigProblem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const text = `unknown key${suggestion(name, siblings(path))}`;
      return problemAt('key-unknown', pathText([...path, name]), text, originOf([...path, name]));
    });
  }
  const missing = valueAt(input, path) === undefined;
  const text = missing ? 'is required' : issueText(issue);
  return [
    problemAt('value-invalid', pathText(path), text + expectation(path), originOf(missing ? path.slice(0, -1) : path)),
  ];
}

/** Zod's own words, without its fixed beginning; they name types and limits, never the value. */
function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  const text = issue.message
    .replace(/^Invalid input: /, '')
    .replace(/(string, received number)$/, '$1; put it in quotes');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What the key expects, from its description: `(whole number, 6000 to 300000 ms, default 10000)`. */
function expectation(path: Path): string {
  const row = describeConfig().find(({ key }) => key === pathText(path));
  if (row === undefined) return '';
  const parts = [row.type, `${row.limits} ${row.unit}`.trim(), row.default === '' ? '' : `default ${row.default}`];
  return ` (${parts.filter((part) => part !== '').join('; ')})`;
}

/** With a placeholder for each name of somebody else's choice, as descriptions have it. */
function withPlaceholders(path: Path): Path {
  const rows = describeConfig();
  const shape: Segment[] = [];
  for (const part of path) {
    const parent = rows.find(({ key }) => key === pathText(shape));
    shape.push(parent?.type === 'record' ? placeholderOf(parent.path) : part);
  }
  return shape;
}

/** Up to the record that it goes into: a record that lacks an entry means something else. */
function outsideRecords(path: Path): Path {
  const name = withPlaceholders(path).findIndex((part) => typeof part === 'string' && part.startsWith('<'));
  return name === -1 ? path : path.slice(0, name);
}

/** Names that are legal at a path; any name in a record and any place in a list look alike. */
function siblings(path: Path): string[] {
  const prefix = pathText(withPlaceholders(path)).replace(/\[\d+\]/g, '[]');
  const start = prefix === '' ? '' : `${prefix}.`;
  const names = describeConfig()
    .filter(({ key }) => key.startsWith(start))
    .map(({ key }) => key.slice(start.length).split('.')[0] ?? '');
  return [...new Set(names)].filter((name) => !name.endsWith('[]'));
}

function invalid(problems: readonly ConfigProblem[]): DragomanError {
  const lines = problems.map((problem) => `  ${problemText(problem)}`).join('\n');
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new DragomanError('CONFIG_INVALID', `The configuration has ${count}:\n${lines}`, { details: { problems } });
}

/** The problems inside a CONFIG_INVALID error, for commands that print them as rows. */
export const problemsOf = ({ details }: DragomanError): readonly ConfigProblem[] =>
  isObject(details) && Array.isArray(details['problems']) ? (details['problems'] as ConfigProblem[]) : [];
