/**
 * `dragoman state convert`: what the version before kept, in the form of now. It holds the pipeline's `transactional.id`, so a member of that
 * version that is forgotten somewhere cannot write any more; and it is not begun while the group has members.
 */
import { kafkaClient } from '../../../adapters/kafka/client.js';
import { asking } from '../../../adapters/kafka/failure.js';
import { formerOffsets } from '../../../adapters/kafka/group/former-offsets.js';
import { partitionName } from '../../../adapters/kafka/names.js';
import { type Accepted, type Conversion, convert } from '../../../pipeline/former/conversion.js';
import { EXIT, print, say } from '../../exit.js';
import { configOf, rulesOf } from '../../load.js';
import { committedProgress } from '../../operator/committed-progress.js';
import { type OperatorOptions, pipelineOf } from '../../operator/operator.js';
import { type Deployment, membersOf, owning, refuseMembers } from '../move/owned.js';
import { progressWords } from '../progress-words.js';
import { type Dropped, dropOld } from './drop-old.js';

export interface ConvertOptions extends OperatorOptions {
  readonly dropOld?: boolean;
  readonly acceptTopics?: readonly string[];
  readonly acceptNames?: readonly string[];
}

export async function stateConvertCommand(options: ConvertOptions): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const conversion = await converted({ config, pipeline, rules, kafka, admin }, options);
    const dropped = options.dropOld === true ? await dropOld(config, pipeline, admin) : null;
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/state-convert@1', pipeline, ...conversion, dropped }));
    for (const line of wordsOf(pipeline, conversion, dropped)) say(line);
    return EXIT.ok;
  } finally {
    await admin.disconnect();
  }
}

async function converted(deployment: Deployment, options: ConvertOptions): Promise<Conversion> {
  const { config, pipeline, kafka, admin } = deployment;
  const committed = await committedProgress(kafka, admin, config, pipeline);
  if (committed !== null) return { kind: 'before', commit: committed.progress.commit };
  refuseMembers(await membersOf(admin, config.namespace));
  const accepted = { topics: new Set(options.acceptTopics ?? []), names: new Set(options.acceptNames ?? []) };
  return convertHeld(deployment, accepted);
}

function convertHeld(deployment: Deployment, accepted: Accepted): Promise<Conversion> {
  const { config, pipeline, rules, admin } = deployment;
  const { sources } = config.pipelines[pipeline] ?? { sources: [] };
  const boundaries = sources.map(({ transactionTopic }) => partitionName(transactionTopic, 0));
  return owning(deployment, ({ sink, ground, topics, partitions }) => {
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
