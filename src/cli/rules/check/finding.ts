/** What `dragoman check` found: each thing with its place, its code, the reason and what to do. Pure. */

/** A finding ends the check with 3; a note is worth knowing, and may be meant. */
export type Kind = 'finding' | 'note';

export interface Finding {
  readonly kind: Kind;
  readonly code: string;
  /** As one can open it from here; null: it stands in no file. */
  readonly file: string | null;
  /** From 1, as is the column. */
  readonly line: number | null;
  readonly column: number | null;
  /** What it is about, in words: `fact OrderPlaced`. */
  readonly about: string;
  readonly text: string;
  readonly fix: string;
}

/** The place of what stands in no file. */
export const NOWHERE: Pick<Finding, 'file' | 'line' | 'column'> = { file: null, line: null, column: null };

/** By place, those without one first; of one place as they were found. */
export const inOrder = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort(
    (a, b) => compare(a.file ?? '', b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** `rules/facts/x.ts:12:3: fact X: why [CODE]`, and below it what to do. */
export function findingLines({ kind, code, file, line, column, about, text, fix }: Finding): string[] {
  const place = file === null ? '' : `${[file, line, column].filter((part) => part !== null).join(':')}: `;
  const [first = '', ...more] = text.split('\n');
  return [
    `${place}${kind === 'note' ? 'note: ' : ''}${about}: ${first} [${code}]`,
    ...more.map((each) => `    ${each}`.trimEnd()),
    `    -> ${fix}`,
  ];
}
