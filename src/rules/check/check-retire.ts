/** When an aggregate is retired: whether it can be understood. Pure. */
import type { AggregateDefinition } from '../aggregate.js';
import { durationMs } from '../duration.js';
import { aboutAggregate, problem, type RuleProblem, shown } from './problem.js';

export function retireProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const { retire } = aggregate;
  if (retire === null) return [];
  const invalid = (text: string): RuleProblem => problem('RETIRE_INVALID', aboutAggregate(aggregate, 'retire'), text);
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
