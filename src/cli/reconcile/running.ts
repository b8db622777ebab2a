/** A check run from the command line: shows how far it is, ends in order when it is told to, and says what is open. */
import { checkKindOf, standsAt } from '../../domain/reconciliation/discrepancy.js';
import { DragomanError } from '../../errors.js';
import type { Check, RunResult, RunTold } from '../../reconcile/ports.js';
import { runCheck } from '../../reconcile/run.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, type CommonOptions, configFolder, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { registerOver } from '../operator/reading/register.js';
import { CHECK_OPENERS, type CheckAsked } from './checks.js';
import { type Deployment, openDeployment, runPorts } from './deployment.js';

export interface ReconcileOptions extends OperatorOptions {
  readonly rate?: number;
  /** Of the time, in percent. */
  readonly share?: number;
  readonly restart?: boolean;
  /** See `CheckAsked`. */
  readonly table?: readonly string[];
  readonly reason?: string;
  readonly by?: string;
}

/** So often progress is shown. */
const SHOWN_EVERY_MS = 2_000;

/** @param name `source`, `published` or `projection:<consumer>` */
export async function reconcileCommand(name: string, options: ReconcileOptions): Promise<number> {
  const deployment = await deploymentOf(options);
  const stop = stopping();
  try {
    const check = await openCheck(deployment, name, { tables: options.table ?? [] });
    try {
      const { rate, share } = ratesOf(deployment, name, options);
      const begin = options.restart === true ? 'restart' : 'resume';
      const who = { reason: options.reason ?? 'reconcile', ...(options.by === undefined ? {} : { by: options.by }) };
      const result = await runCheck(
        check,
        { rate, share, begin, signal: stop.signal },
        runPorts(deployment, who, shown()),
      );
      return await concluded(deployment, name, result, options);
    } finally {
      await check.close();
    }
  } finally {
    stop.end();
    await deployment.close();
  }
}

export async function deploymentOf(options: CommonOptions & OperatorOptions): Promise<Deployment> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  return openDeployment({ config, pipeline, rules, folder: configFolder(options) });
}

/** @throws DragomanError COMMAND_INVALID when the deployment has no such check */
export async function openCheck(deployment: Deployment, name: string, asked: CheckAsked): Promise<Check> {
  const opener = CHECK_OPENERS[checkKindOf(name)];
  const names = opener?.names(deployment) ?? [];
  if (opener !== undefined && names.includes(name)) return opener.open(deployment, name, asked);
  const there =
    names.length === 0 ? 'nothing of its kind is declared (docs/reconciliation.md)' : `there are ${names.join(', ')}`;
  throw new DragomanError('COMMAND_INVALID', `There is no check ${name}: ${there}.`, { details: { check: name } });
}

function ratesOf({ config }: Deployment, name: string, { rate, share }: ReconcileOptions) {
  const declared = config.reconcile[checkKindOf(name)];
  return { rate: rate ?? declared.ratePerSecondMax, share: share === undefined ? declared.shareMax : share / 100 };
}

/** What is open of the check decides over the exit code. */
async function concluded(
  { shards, pipeline }: Deployment,
  check: string,
  result: RunResult,
  { json }: ReconcileOptions,
): Promise<number> {
  const counts = new Map<string, number>();
  const nowMs = Date.now();
  for await (const each of registerOver(shards).standing(check))
    if (standsAt(each, nowMs) === 'open') counts.set(each.class, (counts.get(each.class) ?? 0) + 1);
  const open = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (json === true)
    await print(
      JSON.stringify({
        ...{ schema: 'dragoman.cli/reconcile@1', pipeline, check, ...result },
        ...{ open, openByClass: Object.fromEntries(counts) },
      }),
    );
  else for (const line of linesOf(check, result, counts)) await print(line);
  for (const notice of result.notices) say(notice);
  if (!result.isTaken) say('the pipeline has not taken all reports yet: they stand in the commands log');
  return open > 0 ? EXIT.findings : EXIT.ok;
}

function linesOf(check: string, result: RunResult, open: ReadonlyMap<string, number>): string[] {
  const { ended, done, found, gone, seconds, counts } = result;
  const others = Object.entries(counts).map(([kind, count]) => `, ${count} ${kind}`);
  return [
    `${check}: ${ended}, ${done} looked at in ${Math.round(seconds)} s, ${found} found, ${gone} settled by themselves${others.join('')}`,
    ...(open.size === 0
      ? ['nothing is open']
      : [...open].map(
          ([is, count]) => `open: ${count} ${is} (dragoman discrepancies list --check ${check} --class ${is})`,
        )),
  ];
}

function shown(): (told: RunTold) => void {
  let lastMs = Date.now();
  return (told) => {
    if (Date.now() - lastMs < SHOWN_EVERY_MS) return;
    lastMs = Date.now();
    say(progressText(told));
  };
}

/** `source: 120000 of 5000000 (2 %), 9800 a second, 8 min left, 3 found` */
export function progressText({ check, done, of, ratePerSecond, secondsLeft, found }: RunTold): string {
  const share = of === null || of === 0 ? '' : ` of ${of} (${Math.min(100, Math.floor((done / of) * 100))} %)`;
  const left = secondsLeft === null ? '' : `, ${leftText(secondsLeft)} left`;
  return `${check}: ${done}${share}, ${Math.round(ratePerSecond)} a second${left}, ${found} found`;
}

const leftText = (seconds: number): string =>
  seconds < 120
    ? `${Math.ceil(seconds)} s`
    : seconds < 7_200
      ? `${Math.ceil(seconds / 60)} min`
      : `${Math.ceil(seconds / 3_600)} h`;

/** The first signal stops the run in order, and it can be gone on with; a second one ends the process. */
function stopping(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.internal);
    say('stopping; run it again to go on from here');
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    end: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
