/**
 * A recorded history beside a service on trial: it tells each fact as Dragoman publishes it, but for those that are spoiled. What is found is known by
 * that.
 */
import { eventId } from '../../../src/domain/event-id.js';
import { contractText } from '../../../src/domain/integration-event.js';
import { trialTopic } from '../../../src/domain/ownership/topics.js';
import type { ParityClass } from '../../../src/domain/state/pairs.js';
import { EXAMPLES } from '../../../src/pipeline/parity/examples.js';
import { PARITY } from '../../../src/pipeline/parity/figures.js';
import { parityOf, type StoredParity } from '../../../src/pipeline/parity/reading.js';
import { capability } from '../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../src/rules/routes/compile-capabilities.js';
import { readRecording, type RecordedRecord } from '../recordings.js';
import { type PublishedRecord, retailerRules, Rig, type RigOptions } from '../rig.js';
import { hashesInStore } from '../stored.js';
import { toldBy, type AsTold, type Written } from './service-events.js';

/** A fact that legacy tells, with what makes the service's event of it. */
export interface Fact {
  readonly contract: string;
  readonly occurrence: string;
  readonly event: PublishedRecord;
  /** Commit time. */
  readonly atMs: number;
}

/** Of the recording: its transactions are of two seconds. */
export const WITHIN_MS = 500;

export class OnTrial {
  rig: Rig;
  readonly options: RigOptions;
  readonly records: readonly RecordedRecord[];
  /** What legacy tells, in its order. */
  readonly facts: readonly Fact[];
  /** Commit time of the last transaction. */
  readonly lastMs: number;

  private constructor(options: RigOptions, records: readonly RecordedRecord[], alone: Rig) {
    this.options = options;
    this.records = records;
    this.rig = new Rig(records, options);
    this.facts = factsOf(alone).sort((a, b) => a.atMs - b.atMs);
    this.lastMs = Math.max(
      ...alone.journal().flatMap(({ outcome, origin }) => (outcome === 'applied' ? [origin.commitTimeMs] : [])),
    );
  }

  static async begun(stage: 'legacy' | 'shadow' = 'legacy', more: Partial<RigOptions> = {}): Promise<OnTrial> {
    const { rules, ...loaded } = await retailerRules();
    const records = readRecording('postgres/01-lifecycle');
    const alone = new Rig(records, { rules: { ...loaded, rules } });
    await alone.live();
    const compared = capability('fulfilment', {
      ...{ contracts: rules.contracts, initially: [{ stage }] },
      parity: { within: '10 minutes' },
    });
    const routed = new Map(
      [...routedContracts([compared])].map(([contract, { parity, ...rest }]) => [
        contract,
        { ...rest, parity: parity && { ...parity, withinMs: WITHIN_MS } },
      ]),
    );
    const nowMs = Date.parse('2026-11-21T10:00:00.000Z');
    const options = { contractPartitions: 2, nowMs, ...more, rules: { ...loaded, rules: { ...rules, routed } } };
    return new OnTrial(options, records, alone);
  }

  /** The same once more, from its beginning. */
  again(): void {
    this.rig = new Rig(this.records, this.options);
  }

  /** The service publishes it on trial. */
  tell(
    { event, occurrence, atMs }: Fact,
    as: AsTold & { readonly fields?: Readonly<Record<string, unknown>> } = {},
  ): void {
    const { fields = {}, ...told } = as;
    const { value, ...written } = toldBy(event, { occurrence, ...told });
    const all = { ...(JSON.parse(value) as Record<string, unknown>), ...fields };
    this.write(event.topic, { ...written, value: JSON.stringify(all) }, atMs);
  }

  write(topic: string, { key, value, headers }: Written, timestampMs: number): void {
    const trial = trialTopic(topic);
    this.rig.log.append(`${trial}/${this.rig.log.partitionOf(trial, key)}`, { timestampMs, key, value, headers });
  }

  /** What was counted, over all hours and routes, as the stores have it. @param rigs the shards. */
  async counts(rigs: readonly Rig[] = [this.rig]): Promise<Readonly<Record<string, number>>> {
    const all: Record<string, number> = {};
    for (const rig of rigs)
      for (const { counts } of parityOf([await storedParity(rig)]).figures)
        for (const [key, count] of Object.entries(counts)) all[key] = (all[key] ?? 0) + count;
    return all;
  }

  /** What the journal says that was judged: `OrderReady.v1 4711 equal`. */
  judged(rig = this.rig): string[] {
    return rig
      .journal()
      .flatMap(({ id, parity = [] }) => parity.map(({ contract, class: is }) => nameOf(contract, id, is)))
      .sort();
  }
}

/** Of one shard, out of its store. */
export async function storedParity(rig: Rig): Promise<StoredParity> {
  const hashes = await hashesInStore(rig.store, [PARITY, EXAMPLES]);
  return { figures: hashes.get(PARITY) ?? [], examples: hashes.get(EXAMPLES) ?? [], accepted: [] };
}

export const nameOf = (contract: string, id: string, is: ParityClass): string => `${contract} ${id} ${is}`;

function factsOf(rig: Rig): Fact[] {
  return rig.journal().flatMap(({ origin, verdicts, events = [] }) =>
    events.flatMap((event): Fact[] => {
      const [name, version] = [String(event.value['eventType']), Number(event.value['schemaVersion'])];
      const found = verdicts.find(
        ({ verdict, occurrence }) =>
          verdict === 'fired' &&
          event.value['eventId'] ===
            eventId({ contract: name, majorVersion: version, aggregateId: event.key, occurrence }),
      );
      if (found === undefined) return [];
      const { occurrence } = found;
      return [{ contract: contractText(name, version), occurrence, event, atMs: origin.commitTimeMs }];
    }),
  );
}
