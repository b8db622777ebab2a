/** A pipeline whose source writes Avro comes to what one in JSON comes to, whatever the registry does meanwhile. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { DragomanError } from '../../../../src/errors.js';
import type { RawBatch, RawRecord, Schemas } from '../../../../src/pipeline/ports.js';
import { AvroRecording } from '../../../support/avro/recorded.js';
import { bytesOf, readAvroRecording } from '../../../support/avro/recording.js';
import { readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

waitsTakeNoTime();

const told = (rig: Rig) => ({ published: rig.published(), decisions: rig.decisions(), parked: rig.parked() });

async function inJson(records: readonly RecordedRecord[]): Promise<Rig> {
  const rig = new Rig(records, { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const lifecycle = readRecording('postgres/01-lifecycle');
const avro = new AvroRecording(lifecycle);

describe('events of a source in Avro are those of the same source in JSON', () => {
  it.each([
    '01-lifecycle',
    '02-interleaved',
    '04-key-change',
    '05c-truncate-skipped',
    '08-incremental-snapshot',
    '12-bulk',
  ])('%s', async (name) => {
    const records = readRecording(`postgres/${name}`);
    const rig = new Rig(records, { rules });
    expect(await rig.live(new AvroRecording(records).over(rig.ports()))).toEqual({ kind: 'drained' });
    expect(told(rig)).toEqual(told(await inJson(records)));
  });

  it('by shards too, which tell rows of others by their keys', async () => {
    const shards = Rig.shards(lifecycle, { rules, shards: 2 });
    for (const shard of shards) expect(await shard.live(avro.over(shard.ports()))).toEqual({ kind: 'drained' });
    const ids = (rig: Rig): string[] => rig.published().map(({ headers }) => headers['ce_id'] ?? '');
    expect(ids(shards[0]!).sort()).toEqual(ids(await inJson(lifecycle)).sort());
  });

  it('also when some records are in JSON still', async () => {
    const rig = new Rig(lifecycle, { rules });
    const half = (_: string, written: RawRecord, json: RawRecord): RawRecord =>
      json.offset % 2 === 0 ? json : written;
    expect(await rig.live(avro.over(rig.ports(), avro.schemas, half))).toEqual({ kind: 'drained' });
    expect(told(rig)).toEqual(told(await inJson(lifecycle)));
  });
});

describe('a registry', () => {
  it('that takes its time holds up partitions, and changes nothing', async () => {
    const rig = new Rig(lifecycle, { rules });
    let turns = 0;
    const slow: Schemas = {
      schema: async (id) => {
        turns += 1;
        for (let i = 0; i < 20 * turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
        return avro.schemas.schema(id);
      },
    };
    expect(await rig.live(avro.over(rig.ports(), slow))).toEqual({ kind: 'drained' });
    expect(turns).toBe(avro.texts.size);
    expect(told(rig)).toEqual(told(await inJson(lifecycle)));
  });

  it('that is away is waited for, and what waits is said', async () => {
    const rig = new Rig(lifecycle, { rules });
    let asked = 0;
    const away: Schemas = {
      schema: (id) => {
        asked += 1;
        return asked % 3 === 0
          ? avro.schemas.schema(id)
          : Promise.reject(new DragomanError('REGISTRY_UNREACHABLE', 'The registry is away.'));
      },
    };
    expect(await rig.live(avro.over(rig.ports(), away))).toEqual({ kind: 'drained' });
    const states = rig.told.flatMap((event) =>
      event.kind === 'state' && event.state === 'paused' ? [event.reason] : [],
    );
    expect(states).toContain('REGISTRY_UNREACHABLE: The registry is away.');
    expect(told(rig)).toEqual(told(await inJson(lifecycle)));
  });

  it('that lacks a schema stops the source in front of its first record, and nothing is lost', async () => {
    const rig = new Rig(lifecycle, { rules });
    const [lacking] = [...avro.texts].find(([, text]) => text.includes('whs_rel_value')) ?? [0];
    const lacks: Schemas = {
      schema: (id) =>
        id === lacking
          ? Promise.reject(new DragomanError('SCHEMA_UNKNOWN', `no schema ${id}`))
          : avro.schemas.schema(id),
    };
    expect(await rig.live(avro.over(rig.ports(), lacks))).toMatchObject({ kind: 'refused', code: 'SCHEMA_UNKNOWN' });
    expect(await rig.live(avro.over(rig.ports()))).toEqual({ kind: 'drained' });
    expect(told(rig)).toEqual(told(await inJson(lifecycle)));
  });

  it('with another schema under an id parks what does not fit it, and only that', async () => {
    const rig = new Rig(lifecycle, { rules });
    let order: string | undefined;
    const damaged = (topic: string, record: RawRecord): RawRecord => {
      if (topic !== 'legacy.oms.ord_hdr' || record.value === null || record.offset < 4) return record;
      if (order !== undefined) return record;
      order = String(record.key?.readUIntBE(5, 1));
      return { ...record, value: record.value.subarray(0, -2) };
    };
    expect(await rig.live(avro.over(rig.ports(), avro.schemas, damaged))).toEqual({ kind: 'drained' });
    expect(order).toBeDefined();
    const parked = rig.journal().filter(({ outcome }) => outcome === 'parked');
    expect(new Set(parked.map(({ refusal }) => refusal?.code))).toEqual(new Set(['RECORD_UNDECODABLE']));
    expect(parked[0]?.refusal?.text).toContain('its value is not what schema');
    expect(Object.keys(rig.parked())).toHaveLength(1);
  });

  it('that nobody named is asked for', async () => {
    const rig = new Rig(lifecycle, { rules });
    const ports = rig.ports();
    avro.over(ports);
    const end = await rig.live(ports);
    expect(end).toMatchObject({ kind: 'refused', code: 'SOURCE_UNSUPPORTED' });
  });
});

it('events of one run of the database are the same through a connector in JSON and through one in Avro', async () => {
  const recorded = readAvroRecording('postgres/23-avro.avro');
  const rig = new Rig(recorded.records, { rules, source: { name: 'avro' } });
  const ports = rig.ports();
  const take = ports.source.take.bind(ports.source);
  ports.source.take = (partition): RawBatch | undefined => {
    const batch = take(partition);
    const bytes = (text: Buffer | null): Buffer | null => bytesOf(text?.toString() ?? null);
    return (
      batch && {
        ...batch,
        records: Array.from(batch.records, (one) => ({ ...one, key: bytes(one.key), value: bytes(one.value) })),
      }
    );
  };
  expect(await rig.live({ ...ports, schemas: recorded.schemas })).toEqual({ kind: 'drained' });
  const json = await inJson(readRecording('postgres/23-avro'));
  // The source's name is in `causationId`.
  const events = (of: Rig): unknown =>
    of
      .published()
      .map(
        ({ key, value, headers }) =>
          JSON.parse(JSON.stringify({ key, value, headers }).replaceAll('"avro:', '"legacy:')) as unknown,
      );
  expect(events(rig)).toEqual(events(json));
  expect(rig.published().length).toBeGreaterThan(20);
  expect(rig.parked()).toEqual(json.parked());
});
