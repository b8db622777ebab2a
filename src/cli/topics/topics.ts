/** `dragoman topics`: creates what is missing, verifies what is there. */
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { createMissing, lookAtTopics } from '../../adapters/kafka/ground/topics.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import { markPlans, outputPlans, sourcePlans } from './topic-plans.js';

export interface TopicsOptions extends CommonOptions {
  readonly verify?: boolean;
  readonly sources?: boolean;
  readonly json?: boolean;
}

export async function topicsCommand(options: TopicsOptions): Promise<number> {
  const loaded = configOf(options, true);
  const rules = await rulesOf(options, loaded);
  const outputs = outputPlans(loaded.config, rules);
  const admin = kafkaClient(loaded.config.kafka, () => undefined).admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const existing = await asking('Topics cannot be listed', () => admin.listTopics());
    const inputs = sourcePlans(loaded.config, rules, existing);
    const ofSources = options.sources === true ? [...inputs, ...markPlans(loaded.config)] : [];
    const wanted = options.verify === true ? [] : [...outputs, ...ofSources];
    const created = await createMissing(admin, wanted);
    const { findings, notices } = await lookAtTopics(admin, [...outputs, ...inputs]);
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/topics@1', created, findings, notices }));
    else {
      for (const topic of created) await print(`created ${topic}`);
      for (const { code, text } of findings) await print(`${code}: ${text}`);
    }
    for (const text of notices) say(text);
    say(`${created.length} created, ${findings.length} findings`);
    return findings.length === 0 ? EXIT.ok : EXIT.findings;
  } finally {
    await admin.disconnect();
  }
}
