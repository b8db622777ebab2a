/**
 * `dragoman state move-out`: a pipeline with everything that it knows, as a file for another Kafka cluster. It holds the pipeline's `transactional.id`
 * first, so a member that is forgotten somewhere cannot write any more after it. Nothing is changed here: started again, the pipeline goes on.
 */
import { DragomanError } from '../../../errors.js';
import { invariant } from '../../../invariant.js';
import { atOnePlace } from '../../../pipeline/moving/reshard.js';
import { toldTopics } from '../../../pipeline/told/told-inputs.js';
import type { FoundProgress } from '../../../pipeline/ports.js';
import { decodeProgress, type Progress } from '../../../pipeline/progress/progress.js';
import type { MarkerContent } from '../../../pipeline/state/marker.js';
import { EXIT, print, say } from '../../exit.js';
import type { OperatorOptions } from '../../operator/operator.js';
import { ofEach } from '../../operator/shards.js';
import { withStores } from '../../operator/reading/stored-states.js';
import { type ExportedShard, exportTo } from '../export.js';
import { type MovedHead, movedOf } from '../file.js';
import { withStateTopic } from '../opened.js';
import { leftIn } from './inputs.js';
import { connected, type Deployment, deploymentOf, membersOf, owning, refuseMembers } from '../../operator/owned.js';

export interface MoveOutOptions extends OperatorOptions {
  readonly to: string;
}

export async function stateMoveOutCommand(options: MoveOutOptions): Promise<number> {
  const deployment = await deploymentOf(options);
  const { config, pipeline, admin } = deployment;
  return connected(deployment, async () => {
    refuseMembers(await membersOf(admin, config.namespace));
    const moved = await movedFrom(deployment);
    const scope = { namespace: config.namespace, pipeline };
    const { head, counts } = await withStateTopic(config, pipeline, (topic) =>
      withStores(config, pipeline, (stores) => {
        const shards = stores.map((one, i) => ({ ...one, moved: headOf(moved, i) }));
        return exportTo(options.to, { topic, shards, ...scope, check: checkFollows });
      }),
    );
    const commits = head.shards.map(({ commit }) => commit);
    const apart = apartIn(moved, toldTopics(deployment.rules.rules));
    const result = { schema: 'dragoman.cli/state-move-out@2', file: options.to, pipeline, cluster: head.cluster };
    if (options.json === true)
      await print(JSON.stringify({ ...result, commits, atOnePlace: apart === null, ...counts }));
    say(
      `${options.to}: ${counts.aggregates} aggregates in ${counts.cells} cells, at Kafka transaction ${commits.join()}.`,
    );
    if (apart !== null) say(`It can be moved in with ${moved.length} shards only. ${apart}`);
    say('Do not start the pipeline here again once it was moved in elsewhere: orders would be published by both.');
    return EXIT.ok;
  });
}

/** Of each shard. All are fenced before any is looked at. */
const movedFrom = (deployment: Deployment): Promise<MovedHead[]> =>
  owning(deployment, async ({ shards, partitions }) => {
    await ofEach(shards, ({ sink }) => sink.fence());
    return ofEach(shards, async ({ sink }) => {
      const found = checkMovable(await sink.progress());
      const { offsets } = decodeProgress(found.progress);
      const read = new Map([...offsets].filter(([partition]) => partitions.includes(partition)));
      return { ...found, left: await leftIn(deployment, read) };
    });
  });

function headOf(moved: readonly MovedHead[], shard: number): MovedHead {
  const head = moved[shard];
  invariant(head !== undefined, 'every shard was asked where it stands', { shard });
  return head;
}

/** Why another number of shards cannot go on from it; null: it can. */
function apartIn(moved: readonly MovedHead[], told: readonly string[]): string | null {
  try {
    atOnePlace(moved.map(movedOf), told);
    return null;
  } catch (error) {
    if (error instanceof DragomanError && error.code === 'SHARDS_APART') return error.message;
    throw error;
  }
}

/** Pure. @throws DragomanError COMMAND_REFUSED, PROGRESS_LOST */
export function checkMovable(found: FoundProgress | null): { readonly progress: string; readonly footprint: string } {
  if (found?.footprint == null)
    throw refused('This pipeline has decided nothing yet: there is nothing to move. Start it on the other cluster.');
  const { progress, footprint } = found;
  const waiting = Object.entries(decodeProgress(progress).frontiers).find(([, { left = [] }]) => left.length > 0);
  if (waiting === undefined) return { progress, footprint };
  const [source, { left = [] }] = waiting;
  throw refused(
    `A record of ${source} that could not be read (${left[0]?.partition}, offset ${left[0]?.offset}) may still be one of a transaction to come, ` +
      'which is told by offsets, and those mean nothing elsewhere. Start the pipeline here until more transactions of that table came, then stop it.',
  );
}

/** Redis has everything of the last Kafka transaction. @throws DragomanError COMMAND_REFUSED */
export function checkFollows({ moved }: Pick<ExportedShard, 'moved'>, { state, part }: MarkerContent): void {
  if (moved === undefined) return;
  const { ends }: Progress = decodeProgress(moved.progress);
  if (part === undefined && state.join() === ends.state.join()) return;
  throw refused(
    `Redis stands at offsets ${state.join()} of the state topic, and the pipeline committed up to ${ends.state.join()}: the file would lack what it ` +
      'decided last. Start the pipeline here until it runs, stop it, and do this again.',
  );
}

const refused = (text: string): DragomanError => new DragomanError('COMMAND_REFUSED', `${text} Nothing was written.`);
