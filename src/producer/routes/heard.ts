/** Records of the ownership topic and of contract topics, as a service reads them: what became of routes, and which numbers are taken. Pure. */
import { type ConsumedRecord, headerOf, keyOf } from '../../consumer/read/record.js';
import { HANDOVER_TYPE, readHandover } from '../../domain/ownership/handover.js';
import { PRODUCER_HEADER, serviceIn, serviceProducer } from '../../domain/ownership/headers.js';
import type { OwnContract } from '../event/contract.js';
import type { Heard } from './standing.js';

/** Of a key under a contract. */
export interface Counted {
  readonly contract: string;
  readonly key: string;
  /** The highest of them. */
  readonly sequence: number;
  readonly ids: readonly string[];
  /** Some of them are this service's. */
  readonly ours: boolean;
}

export interface HeardRecords {
  readonly moves: readonly Heard[];
  readonly counted: readonly Counted[];
}

export interface HearingSettings {
  readonly service: string;
  readonly pipeline: string;
  readonly ownershipTopic: string;
  readonly contracts: readonly OwnContract[];
}

/** What says nothing of the service's contracts is passed over, and what cannot be read, too: whoever wrote it is told by `dragoman conform`. */
export function heardIn(records: readonly ConsumedRecord[], settings: HearingSettings): HeardRecords {
  const contracts = new Map(
    settings.contracts.map((contract) => [`${contract.topic} ${contract.type}`, contract.text]),
  );
  const counted = new Map<string, Counted>();
  const moves: Heard[] = [];
  for (const record of records) {
    const type = headerOf(record, 'ce_type') ?? '';
    const contract = contracts.get(`${record.topic} ${type}`);
    if (contract !== undefined) count(counted, contract, record, settings.service);
    else if (record.topic === settings.ownershipTopic || type === HANDOVER_TYPE)
      moves.push(...movesIn(record, settings));
  }
  return { moves, counted: [...counted.values()] };
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function count(counted: Map<string, Counted>, contract: string, record: ConsumedRecord, service: string): void {
  const key = keyOf(record);
  const sequence = Number(headerOf(record, 'ce_ordersequence') ?? NaN);
  const id = headerOf(record, 'ce_id') ?? '';
  if (key === null || !Number.isSafeInteger(sequence) || sequence < 1 || !ID.test(id)) return;
  const name = JSON.stringify([key, contract]);
  const before = counted.get(name);
  counted.set(name, {
    ...{ contract, key },
    sequence: Math.max(sequence, before?.sequence ?? 0),
    ids: [...(before?.ids ?? []), id.toLowerCase()],
    ours: before?.ours === true || headerOf(record, PRODUCER_HEADER) === serviceProducer(service),
  });
}

function movesIn(record: ConsumedRecord, { service, pipeline, ownershipTopic, contracts }: HearingSettings): Heard[] {
  const { topic, partition, value } = record;
  const text = value === null ? '' : typeof value === 'string' ? value : Buffer.from(value).toString();
  const handover = readHandover(text);
  if (typeof handover === 'string' || handover.pipeline !== pipeline) return [];
  const contract = contracts.find(({ text: name }) => name === handover.contract);
  if (contract === undefined) return [];
  if (topic === ownershipTopic) return [{ handover, isAsked: handover.asked === true, partition: null }];
  const by = headerOf(record, PRODUCER_HEADER) ?? '';
  const isOfOther = serviceIn(by) !== null && by !== serviceProducer(service);
  return topic !== contract.topic || isOfOther ? [] : [{ handover, isAsked: false, partition }];
}
