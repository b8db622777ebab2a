/** When an aggregate is retired: whether it can be understood. Pure. */
import type { AggregateDefinition } from '../aggregate.js';
import { durationMs } from '../duration.js';
import { problem, type RuleProblem } from '../rule-set.js';

export function retireProblems({ name, retire }: AggregateDefinition): RuleProblem[] {
  if (retire === null) return [];
  const invalid = (text: string): RuleProblem => problem('RETIRE_INVALID', `aggregate ${name}`, name, text);
  const problems: RuleProblem[] = [];
  if (durationMs(retire.after) === null)
    problems.push(
      invalid(
        `retire: after is ${shown(retire.after)}, and must be whole hours or days, from "1 hour" to "3650 days": so long nothing may have changed`,
      ),
    );
  if (retire.conditions.length === 0)
    problems.push(
      invalid('retire: needs at least one named condition: without one it would forget what still goes on'),
    );
  if (retire.conditions.some(({ holds }) => typeof (holds as unknown) !== 'function'))
    problems.push(invalid('retire: its conditions must be functions'));
  return problems;
}

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value.slice(0, 50)}"` : `a ${typeof value}`);
