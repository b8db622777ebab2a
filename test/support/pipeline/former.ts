/**
 * Pipelines as the version before (commit 4fae188) left them, each in the middle of a recording: what it had written to its journal and the
 * contract topics, and the offsets that its group had. Kept in `test/former`, where it is said how they were made.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import {
  convert,
  type Accepted,
  type Conversion,
  type ConversionPorts,
} from '../../../src/pipeline/former/conversion.js';
import { edited, envelopeOf, type RecordedRecord, readRecording } from '../recordings.js';
import { GROUP, retailerRules, Rig } from '../rig.js';
import { stages } from '../sources/stages.js';

export interface FormerRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Fixture {
  /** So many records of the recording were played. */
  readonly records: number;
  readonly committed: { readonly offsets: Readonly<Record<string, number>>; readonly metadata: string };
  /** By partition. */
  readonly journal: readonly (readonly FormerRecord[])[];
  /** By contract topic and partition. */
  readonly published: Readonly<Record<string, readonly (readonly FormerRecord[])[]>>;
}

const RECORDINGS: Readonly<Record<string, () => RecordedRecord[]>> = {
  lifecycle: () => readRecording('postgres/01-lifecycle'),
  'key-change': () => readRecording('postgres/04-key-change'),
  resnapshot: () => readRecording('postgres/07-resnapshot'),
  'resnapshot-amid': () => readRecording('postgres/07-resnapshot'),
  poison: () => poisoned(readRecording('postgres/01-lifecycle')),
  incremental: () => readRecording('postgres/08-incremental-snapshot'),
  references: () => readRecording('postgres/01-lifecycle'),
  'waiting-rows': () => readRecording('postgres/08-incremental-snapshot'),
};

/** Those with rows that are found via others, and lookup tables. */
const OF_STAGES: readonly string[] = ['references', 'waiting-rows'];

type SomeRules = Pick<LoadedRules, 'rules' | 'digest'>;

export const rulesOfFormer = async (name: string): Promise<SomeRules> =>
  OF_STAGES.includes(name) ? stages : retailerRules();

export const FORMER_NAMES = Object.keys(RECORDINGS);

/** The third change of an order's head has a status that no rule knows. */
function poisoned(records: readonly RecordedRecord[]): RecordedRecord[] {
  let seen = 0;
  return records.map((record) => {
    if (record.topic !== 'legacy.oms.ord_hdr' || record.value === null) return record;
    if (!['c', 'u'].includes(envelopeOf(record).op)) return record;
    seen += 1;
    if (seen !== 3) return record;
    return edited(record, ({ after }) => {
      if (after !== null) after['sts_cd'] = 'ZZ';
    });
  });
}

export const readFormer = (name: string): Fixture => {
  const bytes = readFileSync(new URL(`../../former/${name}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(bytes).toString()) as Fixture;
};

export interface Former {
  readonly rig: Rig;
  /** All of the recording. */
  readonly records: readonly RecordedRecord[];
  /** What the version before had not read. */
  readonly rest: readonly RecordedRecord[];
  readonly fixture: Fixture;
}

/** As it stood. @param change what happened to the journal, or to its offsets, since. */
export function formerPipeline(
  name: string,
  rules: SomeRules,
  change: (fixture: Fixture) => Fixture = (fixture) => fixture,
): Former {
  const fixture = change(readFormer(name));
  const records = RECORDINGS[name]?.() ?? [];
  const rig = new Rig(records.slice(0, fixture.records), { rules, shapedBy: records });
  const { topics } = rig.settings();
  const append = (topic: string, partitions: readonly (readonly FormerRecord[])[]): void => {
    for (const [partition, all] of partitions.entries())
      for (const { offset, key, value, headers = {} } of all)
        rig.log.append(`${topic}/${partition}`, { offset, timestampMs: 0, key, value, headers });
  };
  append(topics.journal, fixture.journal);
  for (const [topic, partitions] of Object.entries(fixture.published)) append(topic, partitions);
  const { offsets, metadata } = fixture.committed;
  rig.log.commit(GROUP, { records: [], offsets: new Map(Object.entries(offsets)), metadata });
  return { rig, records, rest: records.slice(fixture.records), fixture };
}

const NOTHING_ACCEPTED: Accepted = { topics: new Set(), names: new Set() };

/** As the command does it. */
export function converted(
  rig: Rig,
  rules: SomeRules,
  {
    recordsMax,
    accepted = NOTHING_ACCEPTED,
    ...ports
  }: Partial<ConversionPorts> & { recordsMax?: number; accepted?: Accepted } = {},
): Promise<Conversion> {
  const committed = () => {
    const found = [...rig.log.committed(GROUP)];
    const offsets = new Map(found.map(([partition, { offset }]) => [partition, offset]));
    return Promise.resolve({ offsets, metadata: found[0]?.[1].metadata ?? null });
  };
  const { topics } = rig.settings();
  const { sink } = rig.ports();
  return convert(
    { sink, committed, rules: rules.rules, topics, tell: () => undefined, ...ports },
    accepted,
    recordsMax,
  );
}
