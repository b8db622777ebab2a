/** What became of something that is expected, in words. Pure. */
import type { DeadlineTold } from '../../domain/state/journal-entry.js';

type Conditions = Pick<DeadlineTold, 'unmet' | 'unknown'>;

export function conditionWords({ unmet = [], unknown = [] }: Conditions): string[] {
  return [
    ...unmet.map((condition) => `not "${condition}"`),
    ...unknown.map((condition) => `unknown whether "${condition}"`),
  ];
}

/** Behind the name of the fact. */
export function deadlineWords({ dueAt, became, by = [], ...conditions }: Omit<DeadlineTold, 'fact'>): string {
  switch (became) {
    case 'awaited':
      return `is expected before ${dueAt}`;
    case 'met':
      return `happened in time, before ${dueAt}`;
    case 'late':
      return `happened late: it was due at ${dueAt}`;
    case 'overdue':
      return [`was due at ${dueAt} and has not happened:`, ...conditionWords(conditions)].join(' ');
    case 'excused':
      return [
        `was due at ${dueAt}, and is expected no more:`,
        ...by.map((condition) => `"${condition}"`),
        ...conditionWords(conditions),
      ].join(' ');
    case 'dropped':
      return `was due at ${dueAt}, and is expected no more`;
  }
}
