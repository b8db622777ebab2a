import { describe, expect, it } from 'vitest';
import { connectorConfig } from '../../../legacy-db/connector.js';

describe('connectorConfig', () => {
  it('holds texts only, nothing to be filled in', () => {
    for (const value of Object.values(connectorConfig())) expect(value).not.toMatch(/\$\{/);
  });

  it('sets what Dragoman needs in exact mode', () => {
    expect(connectorConfig()).toMatchObject({
      'provide.transaction.metadata': 'true',
      'exactly.once.support': 'required',
      'decimal.handling.mode': 'string',
      'value.converter.replace.null.with.default': 'false',
      'topic.creation.boundaries.partitions': '1',
    });
  });

  it('keeps the transaction topic at one partition under another prefix', () => {
    const config = connectorConfig({
      prefix: 'a.b',
      slot: 's1',
      host: 'db',
      port: 5433,
      properties: { 'poll.interval.ms': '50' },
    });
    expect(config).toMatchObject({
      'topic.prefix': 'a.b',
      'slot.name': 's1',
      'publication.name': 's1',
      'database.hostname': 'db',
      'database.port': '5433',
      'poll.interval.ms': '50',
    });
    const [pattern] = config['topic.creation.boundaries.include']!.split(',');
    expect('a.b.transaction').toMatch(new RegExp(`^${pattern!}$`));
    expect('axb.transaction').not.toMatch(new RegExp(`^${pattern!}$`));
  });
});
