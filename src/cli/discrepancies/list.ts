/** `dragoman discrepancies list`: what checks found, and how their last runs came out, as all shards of a pipeline have stored it. */
import { type CheckRun, isAlive } from '../../domain/reconciliation/check-run.js';
import { type Discrepancy, type StandingKind, standsAt } from '../../domain/reconciliation/discrepancy.js';
import { meets, type RegisterFilter } from '../../pipeline/discrepancies/reading.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { registerNow } from '../operator/reading/register.js';
import { withStores } from '../operator/reading/stored-states.js';

export interface DiscrepanciesListOptions extends OperatorOptions, Omit<RegisterFilter, 'state'> {
  /** `all`: however they stand. */
  readonly state: StandingKind | 'all';
  readonly max: number;
}

export async function discrepanciesListCommand(options: DiscrepanciesListOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const nowMs = Date.now();
  const { runs, discrepancies } = await withStores(config, pipeline, registerNow);
  const { state, max, ...filter } = options;
  const wanted = discrepancies.filter((each) => meets(each, filter, nowMs) && isWanted(each, state, nowMs));
  const shown = wanted.slice(0, max);
  if (options.json === true) {
    const schema = 'dragoman.cli/discrepancies@1';
    await print(JSON.stringify({ schema, pipeline, count: wanted.length, discrepancies: shown, runs }));
  } else {
    for (const each of shown) await print(lineOf(each, nowMs));
    for (const run of runs) await print(runLine(run, nowMs));
  }
  if (runs.length === 0) say('no check ever reported (docs/reconciliation.md)');
  else say(wanted.length > max ? `${max} of ${wanted.length}; --max shows more` : `${wanted.length}`);
  return EXIT.ok;
}

const isWanted = (each: Discrepancy, state: StandingKind | 'all', nowMs: number): boolean =>
  state === 'all' || standsAt(each, nowMs) === state;

/** `5f0c...: source missing, order 4711, open since 2026-..., critical`. Pure. */
export function lineOf(each: Discrepancy, nowMs: number): string {
  const { id, check, class: is, aggregate, businessKey, contract, severity, firstSeen, lastSeen } = each;
  const whose = `${aggregate} ${businessKey}`.trim();
  const of = [whose, ...(contract === null ? [] : [contract])].filter((text) => text !== '');
  return `${id}: ${[`${check} ${is}`, ...of].join(', ')}, ${standsAt(each, nowMs)} since ${firstSeen}, seen ${lastSeen}, ${severity}`;
}

/** Pure. */
export function runLine({ check, run, by, at, progress, found, closed, beyond }: CheckRun, nowMs: number): string {
  const { done, of, ended, text } = progress;
  const how = ended ?? (isAlive({ at, progress }, nowMs) ? 'goes on' : 'was broken off');
  const far = `${done}${of === null ? '' : ` of ${of}`} looked at`;
  const more = `${beyond === 0 ? '' : `, ${beyond} more than are kept`}${text === undefined ? '' : `: ${text}`}`;
  return `run ${run} of ${check} by ${by} ${how} (${at}): ${far}, ${found} found, ${closed} settled${more}`;
}
