/**
 * A move of all routes to the service in the midst of a recorded history, with one fault at every call around it: the fence is in the partitions
 * once, in the Kafka transaction that changes the stage, and no order is decided by a stage that is not its own.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { HANDOVER_TYPE, readHandover } from '../../../../src/domain/ownership/handover.js';
import { contractText } from '../../../../src/domain/integration-event.js';
import { ownsId, shardsOf } from '../../../../src/domain/shard.js';
import type { Commit } from '../../../../src/pipeline/ports.js';
import { decodeProgress } from '../../../../src/pipeline/progress/progress.js';
import type { CompiledRules } from '../../../../src/rules/compile.js';
import { capability } from '../../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../../src/rules/routes/compile-capabilities.js';
import { clearing, type Fault, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { type PublishedRecord, retailerRules, Rig, type RigOptions, type RigPorts } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

/** In the midst of the recording. */
const AT = '2026-11-21T09:52:40.700Z';
const OWNERSHIP = 'dragoman.ownership';
const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 1_000 } };

let plain: readonly PublishedRecord[];
let rules: CompiledRules;
let options: RigOptions;
let records: readonly RecordedRecord[];
let contracts: readonly string[];
/** When an order was first told of: by a transaction, or (empty) by the snapshot. */
const seenAt = new Map<string, string>();

beforeAll(async () => {
  const { rules: plainRules, ...loaded } = await retailerRules();
  rules = plainRules;
  records = readRecording('postgres/01-lifecycle');
  contracts = rules.contracts.map(({ name, majorVersion }) => contractText(name, majorVersion));
  const routed = routedContracts([capability('fulfilment', { contracts: rules.contracts })]);
  const moving: CompiledRules = { ...rules, routed };
  const nowMs = Date.parse('2026-11-21T10:00:00.000Z');
  options = { rules: { ...loaded, rules: moving }, settings, contractPartitions: 2, nowMs };
  const rig = new Rig(records, { ...options, rules: { ...loaded, rules } });
  await rig.live();
  plain = rig.published();
  for (const event of rig.told) {
    if (event.kind !== 'decided' || seenAt.has(event.entry.id)) continue;
    const { id, outcome, origin } = event.entry;
    seenAt.set(id, outcome === 'baseline' ? '' : new Date(origin.commitTimeMs).toISOString());
  }
});

waitsTakeNoTime();

const command = () => ({
  ...{ id: randomUUID(), pipeline: 'orders', kind: 'route.move', by: 'ops', reason: 'a test', at: AT },
  arguments: { contracts, selector: { context: {} }, to: 'service', epoch: 0, at: AT },
});

const moved = (): Rig => {
  const rig = new Rig(records, options);
  rig.command(command());
  return rig;
};

function keeping(ports: RigPorts): RigPorts & { readonly commits: Commit[] } {
  const commits: Commit[] = [];
  const { sink } = ports;
  const commit = sink.commit.bind(sink);
  sink.commit = (next) => {
    commits.push(next);
    return commit(next);
  };
  return { ...ports, commits };
}

const isFence = (headers: Readonly<Record<string, unknown>> | undefined): boolean =>
  headers?.['ce_type'] === HANDOVER_TYPE;
const isMove = ({ records: written }: Commit): boolean =>
  written.some(({ topic, headers }) => topic !== OWNERSHIP && isFence(headers));

/** What is in each partition of the contract topics, in its order. */
const partitions = (rig: Rig) =>
  options.rules.rules.topics
    .flatMap((topic) => rig.log.partitionsOf(topic))
    .map((name) => ({
      name,
      records: rig.log.records(name),
    }));

const bare = ({ key, value }: Pick<PublishedRecord, 'key' | 'value'>): string => `${key} ${String(value['eventId'])}`;

/** Legacy's orders go on as if nothing had moved, the others are silent; and the fence stands once, before nothing of another order. */
function expectMoved(rig: Rig, where: string): void {
  for (const { name, records: all } of partitions(rig)) {
    const fences = all.filter(({ headers }) => isFence(headers));
    expect(
      fences.map(({ value }) => (readHandover(value ?? '') as { contract: string }).contract).sort(),
      `${where}: ${name}`,
    ).toEqual([...contracts].sort());
    const events = all.filter(({ headers }) => !isFence(headers));
    for (const { headers } of events) expect(headers['ce_producer'], where).toBe('dragoman:dragoman.orders');
  }
  const events = rig.published().filter(({ headers }) => !isFence(headers));
  const isLegacys = ({ key }: PublishedRecord): boolean => (seenAt.get(key) ?? '') < AT;
  expect(events.map(bare).sort(), where).toEqual(plain.filter(isLegacys).map(bare).sort());
}

describe('before any move', () => {
  it('routes stand as the rules say, and the ownership topic tells of them', async () => {
    const routed = routedContracts([
      capability('fulfilment', { contracts: rules.contracts, initially: [{ stage: 'shadow' }] }),
    ]);
    const rig = new Rig(records, { ...options, rules: { ...options.rules, rules: { ...rules, routed } } });
    await rig.live();
    expect(rig.published()).toEqual([]);
    const shadows = rules.topics.flatMap((topic) => rig.log.partitionsOf(`${topic}.shadow`));
    const shadow = shadows.flatMap((name) => rig.log.records(name));
    const idsOf = (values: readonly unknown[]): string[] =>
      values.map((value) => (value as { eventId: string }).eventId);
    expect(idsOf(shadow.map(({ value }) => JSON.parse(value ?? '') as unknown)).sort()).toEqual(
      idsOf(plain.map(({ value }) => value)).sort(),
    );
    const told = rig.log.records(`${OWNERSHIP}/0`).map(({ value }) => readHandover(value ?? ''));
    expect(told).toHaveLength(contracts.length);
    for (const each of told) expect(each).toMatchObject({ from: 'shadow', to: 'shadow', epoch: 0, by: 'rules' });
    expect(rig.told.flatMap((event) => (event.kind === 'committed' ? event.published : []))).toEqual([]);
  });
});

describe('a move in the midst of a history', () => {
  it('is one Kafka transaction: fence, ownership record and stage', async () => {
    const rig = moved();
    const ports = keeping(rig.ports());
    await rig.live(ports);
    expectMoved(rig, 'undisturbed');
    const moves = ports.commits.filter(isMove);
    expect(moves).toHaveLength(1);
    const stagesIn = ({ records: written }: Commit) => {
      const progress = written.find(({ key }) => key === 'progress');
      return decodeProgress(String(progress?.value)).ownership;
    };
    const at = ports.commits.indexOf(moves[0] as Commit);
    expect(stagesIn(ports.commits[at - 1] as Commit)).toMatchObject({
      routes: [],
      pending: { length: contracts.length },
    });
    const after = stagesIn(ports.commits[at] as Commit);
    expect(after?.pending).toEqual([]);
    expect(new Set(after?.routes.map(({ stage }) => stage))).toEqual(new Set(['service']));
    const told = moves[0]?.records.filter(({ topic }) => topic === OWNERSHIP) ?? [];
    expect(told).toHaveLength(contracts.length);
    expect(plain.filter(({ key }) => (seenAt.get(key) ?? '') >= AT).length).toBeGreaterThan(3);
  });

  it.each(FAULTS)('%s: at whichever call around it', async (fault) => {
    const watched = moved();
    let at = 0;
    const ports = withFault(watched.ports(), NO_FAULT, clearing(watched.store));
    const kept = keeping(ports);
    const { sink } = kept;
    const commit = sink.commit.bind(sink);
    sink.commit = (next) => {
      if (isMove(next)) at = ports.calls.length + 1;
      return commit(next);
    };
    await watched.live(kept);
    expect(at).toBeGreaterThan(0);
    for (let call = at - 4; call <= at + 4; call += 1) await disturbed(fault, call);
  });

  async function disturbed(fault: Fault, call: number): Promise<void> {
    const rig = moved();
    const end = await rig.live(withFault(rig.ports(), { call, fault }, clearing(rig.store)));
    if (end.kind === 'crashed') expect(await rig.live()).toEqual({ kind: 'drained' });
    expectMoved(rig, `${fault}: call ${call}`);
  }

  it('each shard fences its own partitions', async () => {
    const rigs = Rig.shards(records, { ...options, shards: 2 });
    const [first] = rigs as [Rig, Rig];
    first.command(command());
    for (const rig of rigs) expect(await rig.live()).toEqual({ kind: 'drained' });
    expectMoved(first, 'two shards');
    for (const { name, records: all } of partitions(first)) {
      const shard = Number(name.slice(name.lastIndexOf('/') + 1)) % 2;
      for (const { headers, value, key } of all)
        if (isFence(headers)) expect(readHandover(value ?? '')).toMatchObject({ shard, shards: 2 });
        else expect(ownsId(shardsOf(2)[shard] ?? { index: 9, count: 2 }, key ?? '')).toBe(true);
    }
  });

  it('one that comes when its instant is over takes effect from there on', async () => {
    const rig = new Rig(records, options);
    await rig.live();
    const before = rig.published().map(bare);
    rig.command(command());
    await rig.live();
    const after = rig.published();
    expect(after.filter(({ headers }) => !isFence(headers)).map(bare)).toEqual(before);
    expect(after.filter(({ headers }) => isFence(headers))).toHaveLength(2 * contracts.length);
  });
});
