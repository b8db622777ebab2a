/**
 * A recorded history in which a capability is moved to a service and back: Dragoman in memory, and a service that tells what is its own, as it would
 * have been published. Whoever publishes: together it has to be what Dragoman alone publishes.
 */
import { randomUUID } from 'node:crypto';
import { eventId } from '../../../src/domain/event-id.js';
import { contractText } from '../../../src/domain/integration-event.js';
import { HANDOVER_TYPE } from '../../../src/domain/ownership/handover.js';
import { ALL, type Stage } from '../../../src/domain/ownership/route.js';
import { capability, type InitialRoute } from '../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../src/rules/routes/compile-capabilities.js';
import { readRecording, type RecordedRecord } from '../recordings.js';
import { type PublishedRecord, retailerRules, Rig, type RigOptions } from '../rig.js';
import { handover, handoverBy, PRODUCER, toldBy, type AsTold, type Written } from './service-events.js';

/** In the midst of the recording. */
export const MOVED_AT = '2026-11-21T09:52:40.700Z';

/** A fact that is the service's to tell, with the event that Dragoman would have made of it. */
export interface Told {
  readonly contract: string;
  readonly occurrence: string;
  readonly event: PublishedRecord;
}

export class CutOver {
  readonly rig: Rig;
  readonly contracts: readonly string[];
  readonly options: RigOptions;
  readonly records: readonly RecordedRecord[];
  /** What Dragoman alone publishes. */
  readonly plain: readonly PublishedRecord[];

  private constructor(options: RigOptions, records: readonly RecordedRecord[], plain: readonly PublishedRecord[]) {
    this.options = options;
    this.records = records;
    this.plain = plain;
    this.contracts = options.rules.rules.contracts.map(({ name, majorVersion }) => contractText(name, majorVersion));
    this.rig = new Rig([], { ...options, shapedBy: records });
  }

  static async begun(
    owner: 'sticky' | 'immediate',
    initially: InitialRoute['stage'] = 'legacy',
    more: Partial<RigOptions> = {},
  ) {
    const { rules, ...loaded } = await retailerRules();
    const records = readRecording('postgres/01-lifecycle');
    const alone = new Rig(records, { rules: { ...loaded, rules } });
    await alone.live();
    const moved = capability('fulfilment', { contracts: rules.contracts, owner, initially: [{ stage: initially }] });
    const nowMs = Date.parse('2026-11-21T10:00:00.000Z');
    const routed = { ...rules, routed: routedContracts([moved]) };
    const options = { contractPartitions: 2, nowMs, ...more, rules: { ...loaded, rules: routed } };
    return new CutOver(options, records, alone.published());
  }

  /** The same once more, from its beginning. */
  again(more: Partial<RigOptions> = {}): CutOver {
    return new CutOver({ ...this.options, ...more }, this.records, this.plain);
  }

  play(from: number, to = this.records.length): void {
    this.rig.play(this.records.slice(from, to));
  }

  move(to: Stage, epoch: number, at = MOVED_AT): void {
    const moving = { contracts: this.contracts, selector: ALL, to, epoch, at };
    this.rig.command({ ...this.#head(), kind: 'route.move', arguments: moving });
  }

  takeOver(contract: string, epoch: number, publishOwed: boolean): void {
    const taking = { contract, selector: ALL, epoch, publishOwed };
    this.rig.command({ ...this.#head(), kind: 'route.take-over', arguments: taking });
  }

  #head() {
    return { id: randomUUID(), pipeline: 'orders', by: 'ops', reason: 'a test', at: '2026-11-21T09:55:00.000Z' };
  }

  /** What is owed now: the service's to tell. */
  owed(): Told[] {
    return [...this.rig.states()].flatMap(([name, { owed = {} }]) =>
      Object.entries(owed).flatMap(([contract, all]) =>
        Object.keys(all).map((occurrence) => this.told(contract, name.slice(name.indexOf(':') + 1), occurrence)),
      ),
    );
  }

  told(contract: string, key: string, occurrence: string): Told {
    const event = this.plain.find(
      (each) => contractOf(each) === contract && each.key === key && ofOccurrence(each, occurrence),
    );
    if (event === undefined) throw new TypeError(`nothing is published of ${key} under ${contract}`);
    return { contract, occurrence, event };
  }

  /** The service publishes it. */
  tell({ event, occurrence }: Told, as: AsTold): void {
    this.write(event.topic, toldBy(event, { occurrence, ...as }));
  }

  /** @param partition absent: that of its key. */
  write(topic: string, { key, value, headers }: Written, partition = this.rig.log.partitionOf(topic, key)): void {
    this.rig.log.append(`${topic}/${partition}`, { timestampMs: 0, key, value, headers });
  }

  /** The service hands all routes over, in every partition. */
  handOver(epoch: number, to: Stage = 'legacy', producer = PRODUCER): void {
    for (const contract of this.options.rules.rules.contracts)
      for (const [partition] of this.rig.log.partitionsOf(contract.topic).entries()) {
        const text = contractText(contract.name, contract.majorVersion);
        this.write(contract.topic, handoverBy(producer, handover({ contract: text, epoch, to }), partition), partition);
      }
  }

  /** Events of both, in the order of their partitions. */
  events(): readonly PublishedRecord[] {
    return this.rig.published().filter(({ headers }) => headers['ce_type'] !== HANDOVER_TYPE);
  }

  /** Codes of what was found, in their order. */
  findings(): string[] {
    return this.rig.told.flatMap((event) => (event.kind === 'toldFinding' ? [event.finding.code] : []));
  }
}

export const contractOf = ({ value }: PublishedRecord): string =>
  contractText(String(value['eventType']), Number(value['schemaVersion']));

const ofOccurrence = ({ value, headers }: PublishedRecord, occurrence: string): boolean =>
  value['eventId'] ===
  eventId({
    ...{ contract: String(value['eventType']), majorVersion: Number(value['schemaVersion']) },
    ...{ aggregateId: headers['ce_subject'] ?? '', occurrence },
  });

/** What has to be the same whoever publishes: which fact, and its number. */
export const bare = ({ key, value }: PublishedRecord): string =>
  `${key} ${String(value['eventType'])} ${String(value['eventId'])} ${String(value['sequence'])}`;
