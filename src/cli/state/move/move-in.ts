/**
 * `dragoman state move-in`: a file of `state move-out` becomes the pipeline's state topic and progress on this Kafka cluster. Redis is restored by
 * the next start. Broken off, nothing counts, and it may be done again.
 */
import { asking } from '../../../adapters/kafka/failure.js';
import type { SourceConfig } from '../../../config/schema.js';
import { DragomanError } from '../../../errors.js';
import { moveIn } from '../../../pipeline/moving/moved.js';
import { decodeFootprint } from '../../../pipeline/progress/footprint.js';
import { decodeProgress } from '../../../pipeline/progress/progress.js';
import { EXIT, print, say } from '../../exit.js';
import type { OperatorOptions } from '../../operator/operator.js';
import { checkStateFile, type MovedHead, type StateHead, stateLines } from '../file.js';
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
  const place = { namespace: config.namespace, pipeline, sources, byPosition: options.byPosition === true };
  const moved = checkMoved(head, place, options.from);
  return connected(deployment, async () => {
    checkElsewhere(head, (await asking('The cluster cannot be described', () => admin.describeCluster())).clusterId);
    refuseMembers(await membersOf(admin, config.namespace));
    const written = await movedTo(deployment, moved, options);
    const result = { schema: 'dragoman.cli/state-move-in@1', file: options.from, pipeline, ...written };
    if (options.json === true) await print(JSON.stringify(result));
    const after = written.leftovers === 0 ? '' : `, after ${written.leftovers} of an attempt that was broken off`;
    say(`${pipeline}: ${written.cells} cells are in the state topic${after}. Redis is restored by the next start.`);
    say('The journal begins anew here: decisions from before are in that of the former cluster.');
    return EXIT.ok;
  });
}

const movedTo = (
  deployment: Deployment,
  { progress, footprint, left }: MovedHead,
  options: MoveInOptions,
): ReturnType<typeof moveIn> =>
  owning(deployment, ({ sink, ground, topics }) => {
    const { config, pipeline, rules } = deployment;
    const ports = {
      ...{ sink, ground, topics, rules: rules.rules },
      qualifier: config.pipelines[pipeline]?.qualifier ?? null,
      places: () => placesOf(deployment, left, options.byPosition === true),
      acceptedNames: new Set(options.acceptNames ?? []),
      tell: progressWords('cells written'),
    };
    const kept = { progress: decodeProgress(progress), footprint: decodeFootprint(footprint) };
    return moveIn(ports, kept, stateLines(options.from));
  });

interface Place {
  readonly namespace: string;
  readonly pipeline: string;
  readonly sources: readonly Pick<SourceConfig, 'name' | 'mode'>[];
  readonly byPosition: boolean;
}

/** Pure. @throws DragomanError STATE_FILE_INVALID, COMMAND_REFUSED */
export function checkMoved(
  head: StateHead,
  { namespace, pipeline, sources, byPosition }: Place,
  path: string,
): MovedHead {
  const invalid = (how: string): DragomanError =>
    new DragomanError('STATE_FILE_INVALID', `The state file ${path} ${how}. Nothing was written.`);
  if (head.moved === undefined)
    throw invalid(
      'is a copy for its own cluster (state export); only one of state move-out says where the sources were left',
    );
  if (head.namespace !== namespace)
    throw invalid(`belongs to namespace ${head.namespace}; the config says ${namespace}`);
  if (head.pipeline !== pipeline) throw invalid(`belongs to pipeline ${head.pipeline}; this is ${pipeline}`);
  const placeless = sources.find(({ mode }) => mode === 'arrival');
  if (byPosition && placeless !== undefined)
    throw new DragomanError(
      'COMMAND_REFUSED',
      `Rows of ${placeless.name} (mode arrival) have no position: what was decided of them is told by their place in the topic alone. Mirror its ` +
        'topics record by record, and leave --by-position out. Nothing was written.',
    );
  return head.moved;
}

function checkElsewhere({ cluster }: StateHead, here: string): void {
  if (cluster !== here) return;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `The file is of this very cluster (${here}), and the pipeline is here already. Point kafka.brokers to the cluster that it is moved to. Nothing ` +
      'was written.',
  );
}
