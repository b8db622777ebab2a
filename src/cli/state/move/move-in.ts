/**
 * `dragoman state move-in`: a file of `state move-out` becomes the pipeline's state topic and progress on another Kafka cluster, or in another namespace
 * of the same one, with as many shards as the config says. Redis is restored by the next start. Broken off, nothing counts, and it may be done again.
 */
import { asking } from '../../../adapters/kafka/failure.js';
import type { SourceConfig } from '../../../config/schema.js';
import { type Shard, shardsOf } from '../../../domain/shard.js';
import { DragomanError } from '../../../errors.js';
import { invariant } from '../../../invariant.js';
import { type MovedIn, type MovedShard, moveIn } from '../../../pipeline/moving/moved.js';
import { atOnePlace, isMovedTo, recounted } from '../../../pipeline/moving/reshard.js';
import { toldTopics } from '../../../pipeline/told/told-inputs.js';
import type { Cell } from '../../../pipeline/ports.js';
import { EXIT, print, say } from '../../exit.js';
import type { OperatorOptions } from '../../operator/operator.js';
import { checkStateFile, type MovedHead, movedOf, type StateHead, type StateLine, stateLines } from '../file.js';
import { progressWords } from '../progress-words.js';
import { placesOf } from './inputs.js';
import { connected, type Deployment, deploymentOf, membersOf, owning, refuseMembers } from '../../operator/owned.js';

export interface MoveInOptions extends OperatorOptions {
  readonly from: string;
  readonly byPosition?: boolean;
  readonly acceptNames?: readonly string[];
}

export async function stateMoveInCommand(options: MoveInOptions): Promise<number> {
  const deployment = await deploymentOf(options);
  const { config, pipeline, admin } = deployment;
  const { head } = await checkStateFile(options.from);
  const { sources } = config.pipelines[pipeline] ?? { sources: [] };
  const moved = checkMoved(head, { pipeline, sources, byPosition: options.byPosition === true }, options.from);
  return connected(deployment, async () => {
    const { clusterId } = await asking('The cluster cannot be described', () => admin.describeCluster());
    checkElsewhere(head, { cluster: clusterId, namespace: config.namespace }, options.from);
    refuseMembers(await membersOf(admin, config.namespace));
    const written = await movedTo(deployment, moved, options);
    const result = { schema: 'dragoman.cli/state-move-in@1', file: options.from, pipeline, ...written };
    if (options.json === true) await print(JSON.stringify(result));
    const after = written.leftovers === 0 ? '' : `, after ${written.leftovers} of an attempt that was broken off`;
    say(`${pipeline}: ${written.cells} cells are in the state topic${after}. Redis is restored by the next start.`);
    say('The journal begins anew here: decisions from before are in that of the former cluster, or namespace.');
    return EXIT.ok;
  });
}

/** Into the shards of here: as many as there were, each goes on where it was; else all go on where all were. */
const movedTo = (deployment: Deployment, moved: readonly MovedHead[], options: MoveInOptions): Promise<MovedIn> =>
  owning(deployment, ({ shards, ground, topics }) => {
    const { config, pipeline, rules } = deployment;
    const [all, former] = [moved.map(movedOf), shardsOf(moved.length)];
    const common = shards.length === moved.length ? null : atOnePlace(all, toldTopics(rules.rules));
    const ports = {
      ...{ ground, topics, rules: rules.rules, qualifier: config.pipelines[pipeline]?.qualifier ?? null },
      acceptedNames: new Set(options.acceptNames ?? []),
      tell: progressWords('cells written'),
    };
    return moveIn(
      shards.map(({ shard, sink }): MovedShard => {
        const at = common === null ? shard.index : 0;
        const [kept, left] = [common ?? all[at], moved[at]?.left];
        invariant(kept !== undefined && left !== undefined, 'the file has where each shard goes on', { shard });
        const places = (): ReturnType<typeof placesOf> => placesOf(deployment, left, options.byPosition === true);
        const cells =
          common === null ? stateLines(options.from, at) : recounted(cellsFor(stateLines(options.from), former, shard));
        return { ports: { ...ports, sink, places }, kept, cells };
      }),
    );
  });

/** @param former shards that kept them. */
export async function* cellsFor(
  lines: AsyncIterable<StateLine>,
  former: readonly Shard[],
  to: Shard,
): AsyncIterable<Cell> {
  for await (const line of lines) {
    const from = former[line.shard];
    if (from !== undefined && isMovedTo(line, from, to)) yield line;
  }
}

interface Place {
  readonly pipeline: string;
  readonly sources: readonly Pick<SourceConfig, 'name' | 'mode'>[];
  readonly byPosition: boolean;
}

const invalid = (path: string, how: string): DragomanError =>
  new DragomanError('STATE_FILE_INVALID', `The state file ${path} ${how}. Nothing was written.`);

/** @returns where each shard was left. Pure. @throws DragomanError STATE_FILE_INVALID, COMMAND_REFUSED */
export function checkMoved(
  head: StateHead,
  { pipeline, sources, byPosition }: Place,
  path: string,
): readonly MovedHead[] {
  const moved = head.shards.flatMap((shard) => (shard.moved === undefined ? [] : [shard.moved]));
  if (moved.length < head.shards.length)
    throw invalid(
      path,
      'is a copy for its own pipeline (state export); only one of state move-out says where the sources were left',
    );
  if (head.pipeline !== pipeline) throw invalid(path, `belongs to pipeline ${head.pipeline}; this is ${pipeline}`);
  const placeless = sources.find(({ mode }) => mode === 'arrival');
  if (byPosition && placeless !== undefined)
    throw new DragomanError(
      'COMMAND_REFUSED',
      `Rows of ${placeless.name} (mode arrival) have no position: what was decided of them is told by their place in the topic alone. Mirror its ` +
        'topics record by record, and leave --by-position out. Nothing was written.',
    );
  return moved;
}

/** Another cluster under the same namespace, or another namespace of the same cluster. Pure. @throws DragomanError STATE_FILE_INVALID, COMMAND_REFUSED */
export function checkElsewhere(
  head: Pick<StateHead, 'cluster' | 'namespace'>,
  here: Pick<StateHead, 'cluster' | 'namespace'>,
  path: string,
): void {
  const [sameCluster, sameNamespace] = [head.cluster === here.cluster, head.namespace === here.namespace];
  if (sameCluster !== sameNamespace) return;
  if (!sameCluster) throw invalid(path, `belongs to namespace ${head.namespace}; the config says ${here.namespace}`);
  throw new DragomanError(
    'COMMAND_REFUSED',
    `The file is of this very cluster (${here.cluster}) and namespace (${here.namespace}), and the pipeline is here already. Point kafka.brokers to the ` +
      'cluster that it is moved to; or, for another number of shards, give the config another namespace (docs/shards.md). Nothing was written.',
  );
}
