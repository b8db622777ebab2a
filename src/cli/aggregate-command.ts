/** A command on one aggregate: looked at before it is sent, or tried without sending; then its outcome is awaited in the state. */
import type { AggregateState } from '../domain/aggregate-state.js';
import { type AggregateCommand, isOnTransaction, subjectOf } from '../domain/command.js';
import { DragomanError } from '../errors.js';
import { decideCommand, statesFor } from '../pipeline/decide-command.js';
import type { Decisions } from '../pipeline/decisions.js';
import { Memory } from '../pipeline/memory.js';
import type { StateStore } from '../pipeline/ports.js';
import { EXIT, print, say } from './exit.js';
import { configOf, rulesOf } from './load.js';
import { answerTo, type ChangeOptions, commandOf, pipelineOf, send } from './operator.js';
import { atMarker, stateOf, withStore } from './stored-states.js';
import { taskSettings } from './wiring.js';

export interface AggregateArguments {
  readonly aggregate: string;
  readonly id: string;
  readonly keepRows?: boolean;
}

interface Carried {
  readonly result: string;
  readonly text: string;
  readonly parked: Pick<NonNullable<AggregateState['parked']>, 'code' | 'text'> | null;
}

export async function aggregateCommand(
  kind: AggregateCommand['kind'],
  wanted: AggregateArguments,
  options: ChangeOptions,
): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const command = commandOf(kind, { ...wanted }, pipeline, options);
  if (isOnTransaction(command)) throw new DragomanError('INVARIANT_BROKEN', `${kind} is on an aggregate.`);
  return withStore(config, pipeline, async (store) => {
    if (options.dryRun === true) {
      const rules = await rulesOf(options, loaded);
      return showDecisions(await tried(command, store, taskSettings(config, pipeline, rules)), options);
    }
    await stateOf(store, command.arguments, pipeline);
    await send(config, command);
    say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
    if (options.wait === 0) return EXIT.ok;
    return showCarried(command, await carriedOut(command, store, options), options);
  });
}

const UNLIMITED = { bytesMax: Number.MAX_SAFE_INTEGER, clock: { nowMs: Date.now }, observe: () => undefined };

/** What the pipeline would decide, by its own code, with the rules that stand here. Nothing is written. */
function tried(
  command: AggregateCommand,
  store: StateStore,
  settings: ReturnType<typeof taskSettings>,
): Promise<Decisions> {
  return atMarker(store, async (marker) => {
    const memory = new Memory({ store, ...UNLIMITED });
    memory.reset(marker);
    await memory.loadStates(statesFor(command, settings));
    return decideCommand(command, memory, settings);
  });
}

async function showDecisions({ told }: Decisions, { json }: ChangeOptions): Promise<number> {
  const outcomes = told.flatMap((event) => (event.kind === 'command' ? [event.outcome] : []));
  const decided = told.flatMap((event) => (event.kind === 'decided' ? [event] : []));
  const events = decided.flatMap((event) => event.events);
  const parked = decided.at(-1)?.entry.state.parked ?? null;
  const [outcome] = outcomes;
  if (json === true) {
    const shown = events.map(({ topic, key, value, headers }) => ({ topic, key, headers, value }));
    const again = parked === null ? null : { code: parked.code, text: parked.text };
    await print(JSON.stringify({ schema: 'dragoman.cli/dry-run@1', outcome, events: shown, parked: again }));
  } else {
    for (const { topic, key, type, sequence, id } of events) await print(`${topic} ${key} ${type} ${sequence} ${id}`);
  }
  say(`dry run, nothing is written: it would be ${outcome?.result ?? ''}. ${outcome?.text ?? ''}`);
  if (parked !== null) say(`it would be parked: ${parked.code}: ${parked.text}`);
  if (outcome?.result !== 'applied') return EXIT.refused;
  return parked === null ? EXIT.ok : EXIT.findings;
}

const carriedOut = (command: AggregateCommand, store: StateStore, { wait }: ChangeOptions): Promise<Carried> =>
  answerTo(command, wait * 1_000, async () => {
    const { lastCommand, parked } = await stateOf(store, command.arguments, command.pipeline);
    return lastCommand?.id === command.id ? { result: lastCommand.result, text: lastCommand.text, parked } : null;
  });

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
  return parked === null || command.kind !== 'unpark' ? EXIT.ok : EXIT.findings;
}
