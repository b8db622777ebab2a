/** What an operator decides over discrepancies, and a check that is run because somebody asks for it. */
import type { Decided, Decision } from '../../../console/answers/commands.js';
import { DragomanError } from '../../../errors.js';
import { answerTo, type ChangeOptions, commandOf } from '../../operator/operator.js';
import { behindCommand } from '../../operator/reading/committed-progress.js';
import { registerNow } from '../../operator/reading/register.js';
import { changedBy, checkedAccept, type DiscrepancyDeciding, scopeOf } from '../../repair/accept.js';
import type { MigrationPorts } from '../migration/decide.js';
import { answered } from '../answered.js';

export interface ChecksPorts {
  /** Names of those that can be run here. */
  readonly names: (pipeline: string) => readonly string[];
  /** Resolves with the id of the run when it has begun; it goes on then. @throws DragomanError COMMAND_REFUSED, COMMAND_INVALID, COMMAND_UNANSWERED */
  readonly begin: (pipeline: string, check: string, who: CheckAskedBy) => Promise<string>;
}

export interface CheckAskedBy {
  readonly by: string;
  readonly reason: string;
  readonly isRestarted: boolean;
}

type Deciding<K extends Decision['kind']> = Extract<Decision, { kind: K }>;
type Ports = Pick<MigrationPorts, 'desk' | 'reads' | 'nowMs'>;

export async function onDiscrepancies(
  decision: Deciding<'discrepancy.accept' | 'discrepancy.revoke'>,
  options: ChangeOptions,
  { desk, reads, nowMs }: Ports,
): Promise<Decided> {
  const { pipeline, shards } = desk;
  const { kind, ids = [], check, class: is, contract } = decision;
  const scope = scopeOf(ids, { check, class: is, contract });
  const until = decision.kind === 'discrepancy.accept' ? { until: decision.until } : {};
  const command = commandOf(kind, { ...scope, ...until }, pipeline, options) as DiscrepancyDeciding;
  const meant = checkedAccept(command, (await registerNow(shards)).discrepancies, nowMs());
  const offset = await reads.send(command);
  return answered(command, async () => {
    const changed = await answerTo(command, options.wait * 1_000, async () => {
      const waitsFor = behindCommand(await reads.progress(pipeline), offset);
      if (waitsFor.length > 0) return { waitsFor };
      const answer = changedBy(command, meant, (await registerNow(shards)).discrepancies);
      return answer > 0 ? { answer } : { waitsFor: ['its store'] };
    });
    return { result: 'applied', text: `${changed} changed.`, parked: null };
  });
}

export async function onCheck(
  { check, restart, reason }: Deciding<'check.run'>,
  by: string,
  pipeline: string,
  checks: ChecksPorts,
): Promise<Decided> {
  const names = checks.names(pipeline);
  if (!names.includes(check))
    throw new DragomanError(
      'COMMAND_INVALID',
      `There is no check ${check} here: ${names.join(', ') || 'none is declared'}.`,
    );
  const id = await checks.begin(pipeline, check, { by, reason, isRestarted: restart });
  const text = `${check} runs. The page Reconciliation shows how far it is.`;
  return { schema: 'dragoman.http/decided@1', id, result: 'applied', text, parked: null };
}
