/**
 * `dragoman state convert`: what the version before kept, in the form of now. It holds the pipeline's `transactional.id`, so a member of that
 * version that is forgotten somewhere cannot write any more; and it is not begun while the group has members.
 */
import { formerOffsets } from '../../../adapters/kafka/group/former-offsets.js';
import { partitionName } from '../../../adapters/kafka/names.js';
import { type Accepted, type Conversion, convert } from '../../../pipeline/former/conversion.js';
import { DragomanError } from '../../../errors.js';
import { invariant } from '../../../invariant.js';
import { EXIT, print, say } from '../../exit.js';
import { committedProgress } from '../../operator/reading/committed-progress.js';
import type { OperatorOptions } from '../../operator/operator.js';
import { connected, type Deployment, deploymentOf, membersOf, owning, refuseMembers } from '../../operator/owned.js';
import { shardsIn } from '../../operator/shards.js';
import { progressWords } from '../progress-words.js';
import { type Dropped, dropOld } from './drop-old.js';

export interface ConvertOptions extends OperatorOptions {
  readonly dropOld?: boolean;
  readonly acceptTopics?: readonly string[];
  readonly acceptNames?: readonly string[];
}

export async function stateConvertCommand(options: ConvertOptions): Promise<number> {
  const deployment = await deploymentOf(options);
  const { config, pipeline, admin } = deployment;
  return connected(deployment, async () => {
    const conversion = await converted(deployment, options);
    const dropped = options.dropOld === true ? await dropOld(config, pipeline, admin) : null;
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/state-convert@1', pipeline, ...conversion, dropped }));
    for (const line of wordsOf(pipeline, conversion, dropped)) say(line);
    return EXIT.ok;
  });
}

async function converted(deployment: Deployment, options: ConvertOptions): Promise<Conversion> {
  const { config, pipeline, kafka, admin } = deployment;
  checkOneShard(pipeline, shardsIn(config, pipeline).length);
  const [committed] = await committedProgress(kafka, admin, config, pipeline);
  if (committed?.committed != null) return { kind: 'before', commit: committed.committed.progress.commit };
  refuseMembers(await membersOf(admin, config.namespace));
  const accepted = { topics: new Set(options.acceptTopics ?? []), names: new Set(options.acceptNames ?? []) };
  return convertHeld(deployment, accepted);
}

/** The version before had no shards. Pure. @throws DragomanError SHARDS_CHANGED */
export function checkOneShard(pipeline: string, shards: number): void {
  if (shards === 1) return;
  throw new DragomanError(
    'SHARDS_CHANGED',
    `What the version before kept of ${pipeline} is of one task, and the config says ${shards} shards. Nothing was written. Convert it with ` +
      `pipelines.${pipeline}.shards: 1, run it, and go to ${shards} shards by \`state move-out\` and \`state move-in\` (docs/shards.md).`,
    { details: { shards } },
  );
}

function convertHeld(deployment: Deployment, accepted: Accepted): Promise<Conversion> {
  const { config, pipeline, rules, admin } = deployment;
  const { sources } = config.pipelines[pipeline] ?? { sources: [] };
  const boundaries = sources.map(({ transactionTopic }) => partitionName(transactionTopic, 0));
  return owning(deployment, ({ shards, ground, topics, partitions }) => {
    const [only] = shards;
    invariant(only !== undefined, 'a pipeline has a shard', { pipeline });
    const { sink } = only;
    const committed = (): ReturnType<typeof formerOffsets> =>
      formerOffsets(admin, config.namespace, partitions, [...boundaries, ...[...partitions].sort()]);
    const tell = progressWords('aggregates converted');
    return convert({ sink, ground, committed, rules: rules.rules, topics, tell }, accepted);
  });
}

export function wordsOf(pipeline: string, conversion: Conversion, dropped: Dropped | null): string[] {
  const words =
    conversion.kind === 'before'
      ? [
          `${pipeline} has its state in the form of now (Kafka transaction ${conversion.commit}): nothing was to be converted.`,
        ]
      : [
          `${pipeline}: ${conversion.aggregates} aggregates converted into ${conversion.cells} cells` +
            (conversion.leftovers === 0 ? '.' : `, after ${conversion.leftovers} of a conversion that was broken off.`),
          'Redis is restored by the next start. A member of the version before refuses from now on (OFFSETS_LOST).',
        ];
  if (dropped === null)
    return conversion.kind === 'before'
      ? words
      : [
          ...words,
          'The old journal and the old keys in Redis are as they were; --drop-old gives them over when all is well.',
        ];
  const settings = dropped.settings.length === 0 ? 'as it should be' : `changed in ${dropped.settings.join(', ')}`;
  return [...words, `The journal is ${settings}; ${dropped.keys} old keys in Redis were deleted.`];
}
