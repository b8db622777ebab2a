/** A command over discrepancies as a step: what it changes of them, and what is told of it. */
import type { DiscrepancyCommand } from '../../domain/command.js';
import { type Decisions, type DecideSettings, Deciding } from '../decide/decisions.js';
import { toldOf } from '../discrepancies/figures.js';
import type { PipelineEvent } from '../events.js';
import { takeDiscrepancies } from '../discrepancies/reporting.js';
import type { Memory } from '../state/memory.js';

/** Reports of a run that lasts: how many are there is told with one in so many, with its first and its last. */
const TOLD_EVERY = 20;

export function decideDiscrepancies(command: DiscrepancyCommand, memory: Memory, settings: DecideSettings): Decisions {
  const decisions = new Deciding(memory, settings);
  const outcome = takeDiscrepancies(command, memory, settings.shard);
  if (outcome !== null) decisions.told.push({ kind: 'command', outcome });
  if (outcome?.result === 'applied' && isToldWith(command)) decisions.told.push(toldOf(memory));
  if (outcome?.result === 'applied' && settings.shard.index === 0) decisions.told.push(...ended(command));
  return decisions.end();
}

function ended({ kind, at, arguments: of }: DiscrepancyCommand): PipelineEvent[] {
  if (kind !== 'check.report' || of.progress.ended === undefined) return [];
  const { ended: how, startedAt } = of.progress;
  const seconds = Math.max(0, Date.parse(at) - Date.parse(startedAt)) / 1_000;
  return [{ kind: 'checked', check: of.check, ended: how, seconds }];
}

const isToldWith = ({ kind, arguments: of }: DiscrepancyCommand): boolean =>
  kind !== 'check.report' || of.n % TOLD_EVERY === 0 || of.progress.ended !== undefined;
