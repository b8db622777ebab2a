/** Patterns of topic names, as a source has them: `{prefix}_{schema}_{table}`. Pure. */

export const PLACEHOLDERS = /\{(prefix|database|schema|table)\}/g;

/** What stands behind the prefix: `topic.delimiter`, which the topics of boundaries and of logical messages have too. */
export const delimiterOf = (pattern: string | null | undefined): string =>
  /^\{prefix\}([^{]+)\{/.exec(pattern ?? '')?.[1] ?? '.';
