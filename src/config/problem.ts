/** One thing that is wrong with the configuration, with its place. Problems are collected, never thrown one by one. */
import type { Path } from './path.js';

export type ProblemCode =
  | 'file-unreadable'
  | 'yaml-invalid'
  | 'key-unknown'
  | 'value-invalid'
  | 'value-twice'
  | 'variable-unknown'
  | 'pair-unsafe'
  | 'pipelines-missing';

export interface ConfigProblem {
  readonly code: ProblemCode;
  /** Key as text, or the variable's name when the variable itself is the trouble. */
  readonly path: string;
  /** What is wrong and what to do; never the value of a secret. */
  readonly text: string;
  /** The variable that set the value, when one did. */
  readonly variable: string | null;
  readonly file: string | null;
  /** 1-based, in `file`. */
  readonly line: number | null;
}

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number | null }
  | { readonly kind: 'env'; readonly variable: string };

export type Locate = (path: Path) => Origin;

export function problemAt(code: ProblemCode, path: string, text: string, origin: Origin): ConfigProblem {
  return {
    code,
    path,
    text,
    variable: origin.kind === 'env' ? origin.variable : null,
    file: origin.kind === 'file' ? origin.file : null,
    line: origin.kind === 'file' ? origin.line : null,
  };
}

/** `dragoman.yaml:12: kafka.brokrs: unknown key; did you mean brokers?` */
export function problemText({ path, text, variable, file, line }: ConfigProblem): string {
  if (variable !== null) return variable === path ? `${path}: ${text}` : `${variable}: ${path}: ${text}`;
  const place = file === null ? '' : line === null ? `${file}: ` : `${file}:${line}: `;
  return path === '' ? `${place}${text}` : `${place}${path}: ${text}`;
}
