/**
 * Repairs on real Kafka and Redis, from the command line: events of recorded rows are published once more into an audience topic and into their own, at a
 * stated rate, by a process that is ended in the midst of it; each comes once more, byte for byte, and says so.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { readRanges } from '../../src/adapters/kafka/read/range-reader.js';
import { partitionName } from '../../src/adapters/kafka/names.js';
import { without } from '../../src/translate/own.js';
import { dragomanCommand } from '../dragoman/command.js';
import { readRecording } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';
import { stackConfig } from '../support/servers/stack-config.js';

const recording = readRecording('postgres/01-lifecycle');

let own: OwnPipeline;
let audience: string;
let configFile: string;

interface FullRecord {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function fullRecords(topic: string): Promise<FullRecord[]> {
  const ends = await own.ends(topic);
  const ranges = new Map(ends.map((to, partition) => [partitionName(topic, partition), { from: 0, to }]));
  const all: FullRecord[] = [];
  const kafka = kafkaClient(stackConfig(inject('stack')).kafka, () => undefined);
  for await (const chunk of readRanges(kafka, { what: topic, ranges, expired: 'refused' }))
    for (const { key, value, headers } of chunk?.records ?? [])
      all.push({
        ...{ key: String(key), value: String(value) },
        headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
      });
  return all;
}

const isRepeat = ({ headers }: FullRecord): boolean => headers['dragoman-repeat'] !== undefined;
const plain = ({ key, value, headers }: FullRecord): string =>
  JSON.stringify({ key, value, headers: without(headers, 'dragoman-repeat') });
const contractOf = ({ headers }: FullRecord): string => headers['ce_type'] ?? '';

const cli = (...args: readonly string[]) => dragomanCommand([...args, '-c', configFile], { timeoutMs: 120_000 });
const republish = (...args: readonly string[]) =>
  cli('repair', 'republish', '--reason', 'the consumer lost them', '--wait', '60', '--json', ...args);
const answerIn = ({ output }: { readonly output: string }): Record<string, unknown> =>
  JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? '{}') as Record<string, unknown>;

beforeAll(async () => {
  own = await OwnPipeline.open('repair', inject('stack'), layRetailerRules());
  audience = `${own.namespace}-warehouse`;
  configFile = await own.config([own.recorded], { audiences: [audience] });
  await cli('topics', '--sources');
  await own.play(recording);
});

afterAll(() => own.close());

const SINCE = ['--since', '2026-01-01'] as const;

describe('what was published', () => {
  let originals: FullRecord[];

  it('is looked at first, and not sent', async () => {
    const alone = new Rig(recording, { rules: await retailerRules() });
    await alone.live();
    const count = alone.published().length;
    expect(count).toBeGreaterThan(5);
    await own.runUntil(configFile, count);
    originals = await fullRecords(own.contract);
    const [contract] = originals.map(contractOf) as [string];
    const ofContract = originals.filter((record) => contractOf(record) === contract).length;
    const preview = answerIn(await republish('--contract', contract, '--to', audience, '--dry-run'));
    expect(preview).toMatchObject({ events: ofContract, byContract: { [contract]: ofContract } });
    await expect(republish(...SINCE, '--max', '2')).rejects.toThrow(/and --max says 2/);
    await expect(republish(...SINCE, '--to', own.contract)).rejects.toThrow(/REPAIR_AUDIENCE_UNKNOWN/);
    await expect(republish('--event', '9a1de64c-3c5c-5f3b-8f27-6d0c0b1f1a3e', ...SINCE)).rejects.toThrow(
      /REPAIR_NEVER_PUBLISHED/,
    );
    expect(await fullRecords(audience)).toEqual([]);
  });

  it('comes into the audience topic, and is not sent again by the same repair', async () => {
    let repair = '';
    await own.running(configFile, async () => {
      const done = answerIn(await republish(...SINCE, '--to', audience, '--rate', '20'));
      expect(done).toMatchObject({ events: originals.length, refused: 0, to: audience });
      repair = String(done['repair']);
      const again = await republish(...SINCE, '--to', audience, '--resume', repair);
      expect(again.output).toContain(`${originals.length} events were repaired by ${repair} before`);
    });
    const repeats = await fullRecords(audience);
    expect(repeats.every(({ headers }) => headers['dragoman-repeat'] === repair)).toBe(true);
    expect(repeats.map(plain).toSorted()).toEqual(originals.map(plain).toSorted());
    expect((await fullRecords(own.contract)).length).toBe(originals.length);
  });

  it('comes into its own topic, once, though the pipeline did not run when it was sent', async () => {
    const [{ key, headers }] = originals as [FullRecord];
    const id = headers['ce_id'] ?? '';
    const scope = ['--aggregate', 'order', '--id', key, '--event', id];
    await expect(cli('repair', 'republish', '--reason', 'x', '--wait', '2', ...scope)).rejects.toThrow(
      /COMMAND_UNANSWERED/,
    );
    await own.running(configFile, async () => {
      const repeats = async (): Promise<number> => (await fullRecords(own.contract)).filter(isRepeat).length;
      await expect.poll(repeats, { timeout: 60_000, interval: 500 }).toBe(1);
      expect((await cli('events', 'show', id, '--key', key)).output).toMatch(/repair [0-9a-f-]+, by .* \(x\): event /);
      expect((await cli('why', 'order', key)).output).toMatch(/repeated[^\n]*\n\s+repair /);
      expect((await cli('conform', '--topic', own.contract)).output).toContain('nothing breaks the protocol');
    });
    const all = await fullRecords(own.contract);
    const same = all.filter((each) => !isRepeat(each) && each.headers['ce_id'] === id);
    expect(all.filter(isRepeat).map(plain)).toEqual(same.map(plain));
  });
});
