/** A command on one aggregate: looked at before it is sent, or tried without sending; then its outcome is awaited in the state. */
import type { AggregateRef } from '../../domain/change-set.js';
import { type AggregateCommand, isOnAggregate, subjectOf } from '../../domain/command.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { decideCommand, isUnderWay, loadFor } from '../../pipeline/commands/decide-command.js';
import type { PipelineEvent } from '../../pipeline/events.js';
import { EXIT, print, say } from '../exit.js';
import { type Desk, stateOf, withDesk } from './desk.js';
import { answerTo, type ChangeOptions, commandOf } from './operator.js';
import { readingAt } from './reading/reading.js';
import { ownerOf } from './shards.js';
import { atMarker } from './reading/stored-states.js';

/** What became of a command: as the state remembers it. */
export interface Carried {
  readonly result: string;
  readonly text: string;
  readonly parked: Pick<NonNullable<AggregateState['parked']>, 'code' | 'text'> | null;
}

/** @param argumentsOf what the command says besides its aggregate; may depend on the state that is looked at. */
export async function aggregateCommand(
  kind: AggregateCommand['kind'],
  ref: AggregateRef,
  options: ChangeOptions,
  argumentsOf: (state: AggregateState) => object = () => ({}),
): Promise<number> {
  checkWords(options);
  return withDesk(options, async (desk) => {
    const state = await stateOf(desk, ref);
    const command = onAggregate(kind, { ...ref, ...argumentsOf(state) }, desk, options);
    if (options.dryRun === true) return showDecisions(await tried(command, desk), options);
    await desk.send(command);
    say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
    if (options.wait === 0) return EXIT.ok;
    return showCarried(command, await carriedOut(command, desk, options), options);
  });
}

/** Who and why, before anything is asked. @throws DragomanError COMMAND_INVALID */
export const checkWords = (options: ChangeOptions): unknown =>
  commandOf('unpark', { aggregate: 'any', id: 'any' }, 'any', options);

/** @throws DragomanError COMMAND_INVALID */
export function onAggregate(
  kind: AggregateCommand['kind'],
  wanted: AggregateRef,
  { pipeline }: Pick<Desk, 'pipeline'>,
  options: ChangeOptions,
): AggregateCommand {
  const command = commandOf(kind, { ...wanted }, pipeline, options);
  if (!isOnAggregate(command)) throw new DragomanError('INVARIANT_BROKEN', `${kind} is on an aggregate.`);
  return command;
}

/** What the pipeline would decide, by its own code, with the rules that stand here. Nothing is written. */
export async function tried(command: AggregateCommand, { shards, settings }: Desk): Promise<Tried> {
  const { shard, store } = ownerOf(shards, command.arguments.id);
  const all = { ...(await settings()), shard };
  const told = await atMarker(store, async (marker) => {
    const { memory, settings: deciding } = await readingAt(marker, store, all);
    const events: PipelineEvent[] = [];
    do {
      await loadFor(command, memory, deciding);
      events.push(...(await decideCommand(command, memory, deciding)).told);
    } while (isUnderWay(command, memory, deciding));
    return events;
  });
  return triedOf(told);
}

export type Tried = ReturnType<typeof triedOf>;

function triedOf(told: readonly PipelineEvent[]) {
  const decided = told.flatMap((event) => (event.kind === 'decided' ? [event] : []));
  const [outcome] = told.flatMap((event) => (event.kind === 'command' ? [event.outcome] : []));
  const parked = decided.at(-1)?.entry.state.parked ?? null;
  return {
    outcome,
    events: decided.flatMap((event) => event.events),
    /** Facts that are given up, by contract. */
    withheld: decided
      .filter(({ entry }) => entry.outcome === 'discarded')
      .flatMap(({ entry }) => entry.verdicts)
      .flatMap((verdict) => (verdict.verdict === 'withheld' ? [verdict] : [])),
    parked: parked === null ? null : { code: parked.code, text: parked.text },
  };
}

async function showDecisions(
  { outcome, events, withheld, parked }: Tried,
  { json }: Pick<ChangeOptions, 'json'>,
): Promise<number> {
  if (json === true) {
    const shown = events.map(({ topic, key, value, headers }) => ({ topic, key, headers, value }));
    await print(JSON.stringify({ schema: 'dragoman.cli/dry-run@1', outcome, events: shown, withheld, parked }));
  } else {
    for (const { topic, key, type, sequence, id } of events) await print(`${topic} ${key} ${type} ${sequence} ${id}`);
    for (const { fact, occurrence, contract } of withheld)
      await print(`withheld ${[fact, occurrence, contract].filter((word) => word !== '').join(' ')}`);
  }
  say(`dry run, nothing is written: it would be ${outcome?.result ?? ''}. ${outcome?.text ?? ''}`);
  if (parked !== null) say(`it would be parked: ${parked.code}: ${parked.text}`);
  if (outcome?.result !== 'applied') return EXIT.refused;
  return parked === null ? EXIT.ok : EXIT.findings;
}

/** @throws DragomanError COMMAND_UNANSWERED */
export const carriedOut = (
  command: AggregateCommand,
  desk: Pick<Desk, 'shards' | 'settings' | 'pipeline'>,
  { wait }: Pick<ChangeOptions, 'wait'>,
): Promise<Carried> =>
  answerTo(command, wait * 1_000, async () => {
    const { lastCommand, parked } = await stateOf(desk, command.arguments);
    const isTaking = parked?.taking?.command === command.id;
    return lastCommand?.id === command.id && !isTaking
      ? { answer: { result: lastCommand.result, text: lastCommand.text, parked } }
      : { waitsFor: [ownerOf(desk.shards, command.arguments.id).task] };
  });

/** Commands after which the aggregate shall not be parked. */
const TAKING_UP: readonly AggregateCommand['kind'][] = ['unpark', 'parked.discard'];

async function showCarried(
  command: AggregateCommand,
  { result, text, parked }: Carried,
  { json }: ChangeOptions,
): Promise<number> {
  if (json === true) {
    const again = parked === null ? null : { code: parked.code, text: parked.text };
    await print(JSON.stringify({ schema: 'dragoman.cli/command@1', command, result, text, parked: again }));
  } else await print(`${result}: ${text}`);
  if (parked !== null) say(`${subjectOf(command)} is parked: ${parked.code}: ${parked.text}`);
  if (result !== 'applied') return EXIT.refused;
  return parked === null || !TAKING_UP.includes(command.kind) ? EXIT.ok : EXIT.findings;
}
