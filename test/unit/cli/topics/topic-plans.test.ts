/** Which topics a config with its rules needs: what `dragoman topics` creates and verifies. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { markPlans, outputPlans, sourcePlans } from '../../../../src/cli/topics/topic-plans.js';
import { inputTopics } from '../../../../src/cli/wiring.js';
import { capability } from '../../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../../src/rules/routes/compile-capabilities.js';
import { configOf, retailerRules } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});
const one = configOf();
const [source] = one.pipelines.orders!.sources;
const east = { ...source!, name: 'east', topicPrefix: 'east', transactionTopic: 'east.tx' };
const two = {
  ...one,
  namespace: 'shop',
  pipelines: { ...one.pipelines, returns: { sources: [east], qualifier: null, shards: 1 } },
};

describe('topics that are written', () => {
  it('are state, journal and progress for each pipeline, the shared ones of the namespace, and those of the contracts', () => {
    expect(outputPlans(two, rules).map(({ topic, kind }) => `${kind} ${topic}`)).toEqual([
      'state shop.orders.state',
      'journal shop.orders.journal',
      'progress shop.orders.progress',
      'state shop.returns.state',
      'journal shop.returns.journal',
      'progress shop.returns.progress',
      'internal shop.dead-letters',
      'internal shop.commands',
      'contract orders.fulfillment',
    ]);
  });

  it.each([
    [{}, ['contract orders.fulfillment', 'contract orders.fulfillment.shadow']],
    [
      { parity: { within: '10 minutes' } },
      ['contract orders.fulfillment', 'contract orders.fulfillment.shadow', 'trial orders.fulfillment.trial'],
    ],
  ])('have topics beside those of contracts that may move, with %j', (options, expected) => {
    const { contracts } = rules.rules;
    const routed = routedContracts([capability('fulfilment', { contracts, ...options })]);
    const plans = outputPlans({ ...one, pipelines: {} }, { ...rules, rules: { ...rules.rules, routed } });
    expect(plans.map(({ topic, kind }) => `${kind} ${topic}`)).toEqual(expected);
    for (const { partitions } of plans) expect(partitions).toBe(one.topics.partitions);
  });

  it('have the partitions, replicas and settings of the config', () => {
    const config = {
      ...one,
      journal: { ...one.journal, partitions: 9, replicationFactor: 3, retentionMs: 60_000 },
      topics: { partitions: 12, replicationFactor: 2 },
    };
    const [state, journal, progress, letters, , contract] = outputPlans(config, rules);
    expect(state).toMatchObject({ partitions: 9, replicationFactor: 3, settings: { 'cleanup.policy': 'compact' } });
    expect(journal).toMatchObject({ partitions: 9, replicationFactor: 3, settings: { 'retention.ms': '60000' } });
    expect(progress).toMatchObject({ partitions: 1, replicationFactor: 3, settings: { 'cleanup.policy': 'compact' } });
    expect(letters).toMatchObject({ partitions: 1, replicationFactor: 2, settings: { 'cleanup.policy': 'delete' } });
    expect(contract).toMatchObject({ partitions: 12, replicationFactor: 2, settings: { 'cleanup.policy': 'delete' } });
  });

  it('have a partition of the progress for each shard, which divide the partitions of all that is keyed by aggregate', () => {
    const { orders } = one.pipelines;
    const config = { ...one, pipelines: { orders: { ...orders!, shards: 3 } } };
    const [state, journal, progress, letters, commands, contract] = outputPlans(config, rules);
    expect(progress).toMatchObject({ partitions: 3 });
    for (const plan of [state, journal, contract]) expect(plan?.shards).toEqual(new Map([['orders', 3]]));
    for (const plan of [letters, commands]) expect(plan?.shards).toBeUndefined();
  });

  it('are those of the contracts only while no pipeline is configured', () => {
    expect(outputPlans({ ...one, pipelines: {} }, rules).map(({ kind }) => kind)).toEqual(['contract']);
  });
});

describe('topics that are read', () => {
  it('are the boundaries, in one partition, and every declared table, for each source', () => {
    const plans = sourcePlans(two, rules);
    const boundaries = plans.filter(({ kind }) => kind === 'transactions');
    expect(boundaries.map(({ topic, partitions }) => [topic, partitions])).toEqual([
      ['legacy.transaction', 1],
      ['east.tx', 1],
    ]);
    expect(plans.filter(({ kind }) => kind === 'table')).toHaveLength(2 * rules.rules.tables.size);
    expect(plans.map(({ topic }) => topic)).toContain('east.oms.ord_hdr');
  });

  it('are what the task reads; the topic of logical messages only where it exists', () => {
    const planned = sourcePlans(one, rules).map(({ topic }) => topic);
    expect(inputTopics([source!], rules, new Set())).toEqual(planned);
    expect(inputTopics([source!], rules, new Set(['legacy.message']))).toEqual([...planned, 'legacy.message']);
  });

  it('are created with the topic of logical messages, where a source has any; without it nothing is missing', () => {
    expect(markPlans(two).map(({ topic, partitions }) => [topic, partitions])).toEqual([
      ['legacy.message', 1],
      ['east.message', 1],
    ]);
    const mysql = { ...source!, connector: 'mysql' as const };
    expect(markPlans({ ...one, pipelines: { orders: { sources: [mysql], qualifier: null, shards: 1 } } })).toEqual([]);
    expect(sourcePlans(two, rules).map(({ topic }) => topic)).not.toContain('legacy.message');
  });
});
