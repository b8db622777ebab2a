/** The whole pipeline in memory over real recordings: exactly the events that follow from the truth files. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRules, type LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { readRecording } from '../../../src/adapters/files/recording.js';
import { embedded } from '../../../src/cli/embedded.js';
import { partitionCounts, withPipeline } from '../../../src/cli/translate.js';
import { loadConfig } from '../../../src/config/load.js';
import type { IntegrationEvent } from '../../../src/domain/integration-event.js';
import { truthToExpectedEvents } from '../../../legacy-db/oracle/truth-file.js';
import { recordingPath } from '../../support/recordings.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await loadRules('rules');
});

async function translate(name: string): Promise<IntegrationEvent[]> {
  const records = await readRecording(recordingPath(name));
  const loaded = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });
  const published: IntegrationEvent[] = [];
  const { log, drain } = embedded({
    ...withPipeline(loaded.config, records),
    rules,
    partitions: partitionCounts(records),
    observe: (event) => {
      if (event.kind === 'decided') published.push(...event.events);
    },
  });
  for (const { partition, ...record } of records) log.append(partition, record);
  await drain();
  return published;
}

describe.each(['postgres/01-lifecycle', 'postgres/02-interleaved'])('%s', (name) => {
  it('gives exactly the events that follow from its truth', async () => {
    const expected = truthToExpectedEvents(recordingPath(name).replace('.ndjson', '.truth.ndjson')).events;
    const key = (type: string, order: string, sequence: number): string => `${order}/${sequence}/${type}`;
    const given = new Map(
      (await translate(name)).map((event) => [key(event.type, event.key, event.sequence), event.value]),
    );
    expect([...given.keys()].sort()).toEqual(
      expected.map(({ eventType, orderId, sequence }) => key(eventType, orderId, sequence)).sort(),
    );
    for (const { eventType, orderId, sequence, fields } of expected) {
      expect(given.get(key(eventType, orderId, sequence))).toMatchObject(fields);
    }
  });

  it('gives the same bytes when it is run again', async () => {
    expect(JSON.stringify(await translate(name))).toBe(JSON.stringify(await translate(name)));
  });
});
