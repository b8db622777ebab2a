/** What commands on aggregates need of the outside: states as Redis has them, the rules that stand here, and the commands log. */
import type { AggregateRef } from '../../domain/change-set.js';
import type { Command } from '../../domain/command.js';
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { StateStore } from '../../pipeline/ports.js';
import type { TaskSettings } from '../../pipeline/task.js';
import { firstNameOf } from '../../rules/named.js';
import { configOf, rulesOf } from '../load.js';
import { taskSettings } from '../wiring.js';
import { type OperatorOptions, pipelineOf, send } from './operator.js';
import { atStates, withStore } from './stored-states.js';

export interface Desk {
  readonly pipeline: string;
  /** Read only. */
  readonly store: StateStore;
  /** Of the pipeline, with the rules that stand here: loaded when they are asked for. */
  readonly settings: () => Promise<TaskSettings>;
  /** Into the commands log; the pipeline takes it from there, now or when it runs next. */
  readonly send: (command: Command) => Promise<unknown>;
}

export async function withDesk<T>(options: OperatorOptions, use: (desk: Desk) => Promise<T>): Promise<T> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  let settings: Promise<TaskSettings> | undefined;
  const load = async (): Promise<TaskSettings> => taskSettings(config, pipeline, await rulesOf(options, loaded));
  return withStore(config, pipeline, (store) =>
    use({
      pipeline,
      store,
      settings: () => (settings ??= load()),
      send: (command) => send(config, command),
    }),
  );
}

/**
 * Its state, by whatever name an operator calls it: the one that it has in the rules that stand here, or one that it had before.
 * @throws DragomanError COMMAND_REFUSED when the aggregate is not known.
 */
export async function stateOf(
  { store, settings, pipeline }: Pick<Desk, 'store' | 'settings' | 'pipeline'>,
  { aggregate, id }: AggregateRef,
): Promise<AggregateState> {
  const key = aggregateText({ aggregate: firstNameOf((await settings()).rules, aggregate), id });
  const [stored] = await atStates(store, (states, marker) => states.load(marker, [key]));
  if (stored?.state != null) return stored.state;
  throw new DragomanError('COMMAND_REFUSED', `No ${aggregate} ${id} is known in pipeline ${pipeline}.`);
}
