/**
 * `dragoman forget <aggregate> <id>`: rows, queue and key of an aggregate go, and with the key all that the journal has of it (decision 0020). What
 * it does not reach is said topic by topic.
 */
import { kafkaClient } from '../../adapters/kafka/client.js';
import { topicSettings } from '../../adapters/kafka/ground/ground.js';
import type { Config } from '../../config/schema.js';
import { CONNECTORS } from '../../decode/connectors/connectors.js';
import { existingTopics } from '../../decode/topic-names.js';
import { DragomanError } from '../../errors.js';
import { internalTopics } from '../../pipeline/state/records.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { firstNameOf } from '../../rules/named.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { aggregateCommand } from './aggregate-command.js';
import { contractsOf, notReached, notReachedLines, type Settings, type Topics } from './not-reached.js';
import { type ChangeOptions, pipelineOf } from './operator.js';

export async function forgetCommand(aggregate: string, id: string, options: ChangeOptions): Promise<number> {
  const code = await aggregateCommand('forget', { aggregate, id }, options, ({ isErased }) => {
    if (isErased === true) throw new DragomanError('COMMAND_REFUSED', `${aggregate} ${id} is forgotten already.`);
    return {};
  });
  if (code === EXIT.ok) await tellNotReached(aggregate, options);
  return code;
}

async function tellNotReached(called: string, options: ChangeOptions): Promise<void> {
  const loaded = configOf(options, true);
  const { rules } = await rulesOf(options, loaded);
  const aggregate = rules.aggregates.get(firstNameOf(rules, called));
  if (aggregate === undefined) return;
  const { topics, settings } = await topicsNow(loaded.config, pipelineOf(loaded.config, options), aggregate);
  const all = notReached(aggregate, topics, settings);
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/not-reached@1', aggregate: aggregate.called, topics: all }));
  else for (const line of notReachedLines(all)) say(line);
}

/** It is forgotten already: that Kafka does not answer is no reason to say less of what is known. */
async function topicsNow(
  config: Config,
  pipeline: string,
  aggregate: CompiledAggregate,
): Promise<{ readonly topics: Topics; readonly settings: Settings }> {
  const { journal, deadLetters } = internalTopics(config.namespace, pipeline);
  const admin = kafkaClient(config.kafka, () => undefined).admin();
  const { tables, lookups } = aggregate;
  const { audiences } = config;
  const contracts = [...contractsOf(aggregate)].map(({ topic }) => topic);
  const inputsIn = (existing: ReadonlySet<string>): string[] =>
    (config.pipelines[pipeline]?.sources ?? []).flatMap(({ connector, topicPrefix, topics }) =>
      [...tables.values(), ...lookups.map(({ table }) => table)].flatMap((table) =>
        existingTopics({ connector: CONNECTORS[connector], topicPrefix, topics }, table, existing),
      ),
    );
  try {
    await admin.connect();
    const inputs = inputsIn(new Set(await admin.listTopics()));
    const settings = await topicSettings(admin, [
      ...new Set([...contracts, ...audiences, ...inputs, journal, deadLetters]),
    ]);
    return { topics: { journal, deadLetters, inputs, audiences }, settings };
  } catch {
    return { topics: { journal, deadLetters, inputs: inputsIn(new Set()), audiences }, settings: new Map() };
  } finally {
    await admin.disconnect();
  }
}
