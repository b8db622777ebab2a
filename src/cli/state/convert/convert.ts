/**
 * `dragoman state convert`: what the version before kept, in the form of now. It holds the pipeline's `transactional.id`, so a member of that
 * version that is forgotten somewhere cannot write any more; and it is not begun while the group has members.
 */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../../adapters/kafka/client.js';
import { asking } from '../../../adapters/kafka/failure.js';
import { formerOffsets } from '../../../adapters/kafka/group/former-offsets.js';
import { describeTopics } from '../../../adapters/kafka/ground/described-topics.js';
import { KafkaGround } from '../../../adapters/kafka/ground/ground.js';
import { refuseOn, verifyTopics } from '../../../adapters/kafka/ground/topics.js';
import { partitionName } from '../../../adapters/kafka/names.js';
import { KafkaSink } from '../../../adapters/kafka/write/sink.js';
import type { LoadedRules } from '../../../adapters/files/rules-loader.js';
import type { Config } from '../../../config/schema.js';
import { ownTopics } from '../../../domain/own-topics.js';
import { DragomanError } from '../../../errors.js';
import { type Accepted, type Conversion, convert } from '../../../pipeline/former/conversion.js';
import { internalTopics } from '../../../pipeline/state/records.js';
import { EXIT, print, say } from '../../exit.js';
import { configOf, rulesOf } from '../../load.js';
import { committedProgress } from '../../operator/committed-progress.js';
import { type OperatorOptions, pipelineOf } from '../../operator/operator.js';
import { progressWords } from '../progress-words.js';
import { groundSettings } from '../../topics/topic-plans.js';
import { inputTopics } from '../../wiring.js';
import { type Dropped, dropOld } from './drop-old.js';

export interface ConvertOptions extends OperatorOptions {
  readonly dropOld?: boolean;
  readonly acceptTopics?: readonly string[];
  readonly acceptNames?: readonly string[];
}

/** What is needed of the outside. */
interface Ends {
  readonly config: Config;
  readonly pipeline: string;
  readonly rules: LoadedRules;
  readonly kafka: Kafka;
  readonly admin: Admin;
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

async function converted(ends: Ends, options: ConvertOptions): Promise<Conversion> {
  const { config, pipeline, kafka, admin } = ends;
  const committed = await committedProgress(kafka, admin, config, pipeline);
  if (committed !== null) return { kind: 'before', commit: committed.progress.commit };
  refuseMembers(await membersOf(admin, config.namespace));
  const accepted = { topics: new Set(options.acceptTopics ?? []), names: new Set(options.acceptNames ?? []) };
  return convertHeld(ends, accepted);
}

async function membersOf(admin: Admin, groupId: string): Promise<string[]> {
  const { groups } = await asking(`Group ${groupId} cannot be described`, () => admin.describeGroups([groupId]));
  return groups.flatMap(({ members }) => members.map(({ memberId, clientHost }) => `${memberId} (${clientHost})`));
}

/** Of either version: each would be fenced in the middle of its work, and one of the version before would take over again. */
export function refuseMembers(members: readonly string[]): void {
  if (members.length === 0) return;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `The namespace has running members: ${members.join(', ')}. Stop all of them first, of whichever version, and see that nothing starts them ` +
      'again; a member that was killed counts until its session times out.',
    { details: { members } },
  );
}

async function convertHeld({ config, pipeline, rules, kafka, admin }: Ends, accepted: Accepted): Promise<Conversion> {
  const topics = internalTopics(config.namespace, pipeline);
  const { sources } = config.pipelines[pipeline] ?? { sources: [] };
  const existing = new Set(await asking('Topics cannot be listed', () => admin.listTopics()));
  const inputs = inputTopics(sources, rules, existing);
  const ground = groundSettings(config, pipeline, rules, inputs.map((topic) => partitionName(topic, 0))); // prettier-ignore
  const own = ownTopics(topics);
  refuseOn(await verifyTopics(admin, ground.plans.filter(({ topic }) => own.includes(topic)))); // prettier-ignore
  const described = await describeTopics(kafka, inputs);
  const partitions = [...described].flatMap(([topic, { partitions: all }]) =>
    all.map(({ partition }) => partitionName(topic, partition)),
  );
  const boundaries = sources.map(({ transactionTopic }) => partitionName(transactionTopic, 0));
  const sink = new KafkaSink(kafka, admin, {
    groupId: config.namespace,
    transactionalId: `${config.namespace}.${pipeline}`,
    own: topics,
    others: [],
    inputPartitions: partitions,
    transactionTimeoutMs: config.kafka.transactionTimeoutMs,
  });
  const committed = (): ReturnType<typeof formerOffsets> =>
    formerOffsets(admin, config.namespace, partitions, [...boundaries, ...[...partitions].sort()]);
  const tell = progressWords('aggregates converted');
  try {
    const ports = { sink, ground: new KafkaGround(kafka, admin, ground), committed, rules: rules.rules, topics, tell };
    return await convert(ports, accepted);
  } finally {
    await sink.close();
  }
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
