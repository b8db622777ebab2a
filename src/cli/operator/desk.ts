/** What commands on aggregates need of the outside: states as Redis has them, shard by shard, the rules that stand here, and the commands log. */
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
import { type OfShard, ownerOf } from './shards.js';
import { atStates, withStores } from './reading/stored-states.js';

export interface DeskShard extends OfShard {
  /** Read only. */
  readonly store: StateStore;
}

export interface Desk {
  readonly pipeline: string;
  readonly shards: readonly DeskShard[];
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
  return withStores(config, pipeline, (shards) =>
    use({
      pipeline,
      shards,
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
  { shards, settings, pipeline }: Pick<Desk, 'shards' | 'settings' | 'pipeline'>,
  { aggregate, id }: AggregateRef,
): Promise<AggregateState> {
  const key = aggregateText({ aggregate: firstNameOf((await settings()).rules, aggregate), id });
  const [stored] = await atStates(ownerOf(shards, id).store, (states, marker) => states.load(marker, [key]));
  if (stored?.state != null) return stored.state;
  throw new DragomanError('COMMAND_REFUSED', `No ${aggregate} ${id} is known in pipeline ${pipeline}.`);
}
