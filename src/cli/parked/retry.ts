/**
 * `dragoman parked retry`: what waits behind parked aggregates is decided, in its order, by the rules of now. Of one aggregate, or of many
 * that a filter names: then one after the other, the oldest first, each with a command of its own, so that rows go on between them.
 */
import type { AggregateRef } from '../../domain/change-set.js';
import { DragomanError } from '../../errors.js';
import { EXIT, print, say } from '../exit.js';
import { aggregateCommand, carriedOut, checkWords, onAggregate, tried } from '../operator/aggregate-command.js';
import { type Desk, withDesk } from '../operator/desk.js';
import type { ChangeOptions } from '../operator/operator.js';
import { type Listed, listed, type ParkedFilter } from './list.js';

export type ParkedRetryOptions = ChangeOptions & ParkedFilter & { readonly max: number; readonly rate: number };

export async function parkedRetryCommand(
  aggregate: string | undefined,
  id: string | undefined,
  options: ParkedRetryOptions,
): Promise<number> {
  const { code, aggregate: named, severity, olderThan } = options;
  const isFiltered = [code, named, severity, olderThan].some((wanted) => wanted !== undefined);
  if (aggregate !== undefined && id !== undefined && !isFiltered)
    return aggregateCommand('unpark', { aggregate, id }, options);
  if (aggregate !== undefined || code === undefined)
    throw new DragomanError(
      'COMMAND_INVALID',
      'Say which: parked retry <aggregate> <id>, or all of a code with --code.',
    );
  if (options.wait === 0)
    throw new DragomanError(
      'COMMAND_INVALID',
      'Many are taken up one after the other, so each is waited for: leave --wait 0 out.',
    );
  checkWords(options);
  return withDesk(options, (desk) => retryMany(desk, options));
}

/** So many in a row that are parked again: the cause is still there, and more would only make dead letters. */
const PARKED_AGAIN_MAX = 10;

/** What became of one. */
interface Retried {
  readonly result: 'applied' | 'parkedAgain' | 'refused';
  readonly text: string;
}

export async function retryMany(desk: Desk, options: ParkedRetryOptions): Promise<number> {
  const all = await listed(desk, options, Date.now());
  const chosen = all.slice(0, options.max);
  say(`${all.length} match; ${chosen.length} are ${options.dryRun === true ? 'tried' : 'taken up'}, the oldest first`);
  const done: (Retried & Pick<Listed, 'aggregate' | 'id'>)[] = [];
  for (const { aggregate, id } of chosen) {
    const retried = await (options.dryRun === true ? tryOne : sendOne)({ aggregate, id }, desk, options);
    done.push({ aggregate, id, ...retried });
    if (options.json !== true) await print(`${WORDS[retried.result]} ${aggregate} ${id}: ${retried.text}`);
    if (options.dryRun !== true && isHopeless(done)) {
      say(`${PARKED_AGAIN_MAX} in a row would not go on: the cause is still there, so this stops here`);
      break;
    }
  }
  return summed(done, all.length - done.length, desk, options);
}

const WORDS = { applied: 'applied', parkedAgain: 'parked again', refused: 'refused' } as const;

const isHopeless = (done: readonly Retried[]): boolean =>
  done.length >= PARKED_AGAIN_MAX && done.slice(-PARKED_AGAIN_MAX).every(({ result }) => result === 'parkedAgain');

async function summed(
  results: readonly Retried[],
  left: number,
  { pipeline }: Pick<Desk, 'pipeline'>,
  { json, dryRun = false }: ParkedRetryOptions,
): Promise<number> {
  const [applied, parkedAgain, refused] = (['applied', 'parkedAgain', 'refused'] as const).map(
    (wanted) => results.filter(({ result }) => result === wanted).length,
  );
  const counts = { applied, parkedAgain, refused, left };
  if (json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/parked-retry@1', pipeline, dryRun, ...counts, results }));
  say(`${applied} applied, ${parkedAgain} parked again, ${refused} refused, ${left} left`);
  return applied === results.length ? EXIT.ok : EXIT.findings;
}

async function tryOne(ref: AggregateRef, desk: Desk, options: ParkedRetryOptions): Promise<Retried> {
  const { outcome, events, parked } = await tried(onAggregate('unpark', ref, desk, options), desk);
  if (outcome?.result !== 'applied') return { result: 'refused', text: outcome?.text ?? '' };
  if (parked !== null) return { result: 'parkedAgain', text: `${parked.code}: ${parked.text}` };
  return { result: 'applied', text: `${events.length} events would be published` };
}

/** One command at a time, and no more of them in a second than allowed: each is a Kafka transaction of the pipeline. */
async function sendOne(ref: AggregateRef, desk: Desk, options: ParkedRetryOptions): Promise<Retried> {
  const started = performance.now();
  const command = onAggregate('unpark', ref, desk, options);
  await desk.send(command);
  const { result, text, parked } = await carriedOut(command, desk, options);
  const restMs = 1_000 / options.rate - (performance.now() - started);
  if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  if (result !== 'applied') return { result: 'refused', text };
  if (parked !== null) return { result: 'parkedAgain', text: `${parked.code}: ${parked.text}` };
  return { result: 'applied', text };
}
