/** Changes settings of a topic that is there. */
import kafkajs, { type Admin } from 'kafkajs';
import { asking } from '../failure.js';

/** Set for the topic itself, not for its broker or by default. */
const OF_THE_TOPIC = kafkajs.ConfigSource.TOPIC_CONFIG;

/** Those that are not named stay: `AlterConfigs` would put every other one back to its default. @returns names of those that were other. */
export async function changeSettings(
  admin: Pick<Admin, 'describeConfigs' | 'alterConfigs'>,
  topic: string,
  wanted: Readonly<Record<string, string>>,
): Promise<string[]> {
  return asking(`Settings of ${topic} cannot be changed`, async () => {
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: topic }] });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    const values = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    const changed = Object.keys(wanted).filter((name) => values.get(name) !== wanted[name]);
    if (changed.length === 0) return [];
    const kept = entries
      .filter(({ configName, configSource }) => configSource === OF_THE_TOPIC && !(configName in wanted))
      .map(({ configName: name, configValue: value }) => ({ name, value }));
    const all = [...kept, ...Object.entries(wanted).map(([name, value]) => ({ name, value }))];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries: all }] });
    return changed;
  });
}
