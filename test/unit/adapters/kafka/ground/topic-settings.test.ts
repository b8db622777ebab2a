/** Settings of a topic are changed, and those that nobody named stay. */
import type { Admin } from 'kafkajs';
import { expect, it } from 'vitest';
import { changeSettings } from '../../../../../src/adapters/kafka/ground/topic-settings.js';

const OF_BROKER = 4;
const OF_TOPIC = 1;

async function changed(wanted: Record<string, string>): Promise<{ names: string[]; sent: unknown[] }> {
  const sent: unknown[] = [];
  const entries: [string, string, number][] = [
    ['cleanup.policy', 'compact', OF_TOPIC],
    ['max.message.bytes', '16777216', OF_TOPIC],
    ['retention.ms', '604800000', OF_BROKER],
  ];
  const admin = {
    describeConfigs: () =>
      Promise.resolve({
        resources: [
          {
            configEntries: entries.map(([configName, configValue, configSource]) => ({
              ...{ configName, configValue, configSource },
            })),
          },
        ],
      }),
    alterConfigs: (request: unknown) => Promise.resolve(sent.push(request)),
  } as unknown as Admin;
  return { names: await changeSettings(admin, 't', wanted), sent };
}

it('sends what is wanted, and what was set for the topic', async () => {
  const { names, sent } = await changed({ 'cleanup.policy': 'delete', 'retention.ms': '604800000' });
  expect(names).toEqual(['cleanup.policy']);
  const configEntries = [
    { name: 'max.message.bytes', value: '16777216' },
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: '604800000' },
  ];
  expect(sent).toEqual([{ validateOnly: false, resources: [{ type: 2, name: 't', configEntries }] }]);
});

it('sends nothing when all is as it should be', async () => {
  expect(await changed({ 'cleanup.policy': 'compact' })).toEqual({ names: [], sent: [] });
});
