/** YAML text -> plain values, problems of syntax with their line, and the line of every path. Source: YAML 1.2 core schema. */
import { isObject } from '../domain/json-text.js';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { withoutNulls, type Path } from './path.js';
import { problemAt, type ConfigProblem } from './problem.js';

export interface YamlFile {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigProblem[];
  /** Line of the deepest part of the path that the file holds; null when it holds none of it. */
  lineOf(path: Path): number | null;
}

/** Reads the text of a config file. Texts of errors carry no excerpt of the file, because it may hold secrets. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map(({ message: reason, pos }) =>
    problemAt('yaml-invalid', '', firstLine(reason), { kind: 'file', file, line: lines.linePos(pos[0]).line }),
  );
  const lineOf = (path: Path): number | null => {
    const offset = offsetOf(document, path);
    return offset === null ? null : lines.linePos(offset).line;
  };
  if (problems.length > 0) return { values: {}, problems, lineOf };
  const values = plainValues(document);
  if (isObject(values)) return { values, problems, lineOf };
  const wrong = 'expected keys and values at the top of the file';
  return { values: {}, problems: [problemAt('yaml-invalid', '', wrong, { kind: 'file', file, line: 1 })], lineOf };
}

function plainValues(document: Document.Parsed): unknown {
  try {
    return withoutNulls(document.toJS() ?? {});
  } catch {
    return null; // aliases beyond the library's limit: no honest config has them
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;

function offsetOf(document: Document.Parsed, path: Path): number | null {
  let node: unknown = document.contents;
  let found: number | null = null;
  for (const segment of path) {
    const step = child(isAlias(node) ? node.resolve(document) : node, segment);
    if (step === null) return found;
    found = step.offset ?? found;
    node = step.node;
  }
  return found;
}

function child(node: unknown, segment: string | number): { node: unknown; offset: number | null } | null {
  if (isSeq(node) && typeof segment === 'number' && node.items[segment] !== undefined) {
    return { node: node.items[segment], offset: (node.items[segment] as Node).range?.[0] ?? null };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
  return pair === undefined ? null : { node: pair.value, offset: (pair.key as Node).range?.[0] ?? null };
}
