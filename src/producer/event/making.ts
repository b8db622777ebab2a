/**
 * One event of a service, as a Kafka record: in everything that consumers read the same as Dragoman's own (`translate/publish/event.ts` writes
 * both), with headers of its own that say who published it. Pure.
 */
import type { IntegrationEvent } from '../../domain/integration-event.js';
import {
  OCCURRENCE_HEADER,
  OWNERSHIP_EPOCH_HEADER,
  PRODUCER_HEADER,
  serviceProducer,
} from '../../domain/ownership/headers.js';
import { isWithin } from '../../domain/record-size.js';
import { DragomanError } from '../../errors.js';
import type { Context, JsonObject } from '../../rules/fact.js';
import { instantMs } from '../../rules/values/instant.js';
import { correlationOf, eventOf, eventText } from '../../translate/publish/event.js';
import type { OwnContract } from './contract.js';

/** What is the same in all events of a service. */
export interface EventSettings {
  /** Its name: `ce_producer` is `service:<name>`. */
  readonly service: string;
  /** As Dragoman's config has it (`sourceSystem`), so that nothing changes for consumers. */
  readonly sourceSystem: string;
  /** As Dragoman's config has it (`event.source`). */
  readonly eventSource: string;
  /** What the rules call the aggregate: `order`. */
  readonly aggregate: string;
  /** Names of the context of its events, in the order in which Dragoman writes them: `['tenant', 'market', 'channel']`. */
  readonly context: readonly string[];
  /** Larger records are refused; the least of `max.message.bytes` of the topics, and of what the connector sends. */
  readonly recordBytesMax: number;
}

/** What distinguishes one event. */
export interface Said {
  /** What distinguishes the fact from others of its key under the contract: the key of the row, the number of the time. Default: empty, for what happens once. */
  readonly occurrence?: string;
  /** When it happened to the business: ISO-8601, UTC. Default: as the contract says, else now. */
  readonly occurredAt?: string;
  /** What led to it: a request, a command. */
  readonly causationId: string;
}

/** How it stands among the others of its key. */
export interface Standing {
  readonly sequence: number;
  /** Of the route by which it is published. */
  readonly epoch: number;
}

/** A Kafka record; its partition is that of the key. */
export interface OwnRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Checked, and waiting for its number. */
export interface MadeEvent {
  readonly contract: OwnContract;
  readonly id: string;
  readonly key: string;
  readonly context: Context;
  readonly record: (standing: Standing) => OwnRecord;
}

/**
 * @param value key, context and business fields; no metadata.
 * @param nowMs since 1970.
 * @throws DragomanError EVENT_INVALID
 */
export function made(
  contract: OwnContract,
  value: Readonly<Record<string, unknown>>,
  said: Said,
  settings: EventSettings,
  nowMs: number,
): MadeEvent {
  const given = plain(contract, value);
  const { occurrence = '', causationId } = said;
  const key = given[contract.key];
  if (!isText(key) || key === '') throw invalid(contract, `${contract.key} is not a text, or empty`);
  // Ids are made of texts: 70015 and '70015' have two.
  if (!isText(occurrence)) throw invalid(contract, 'occurrence is not a text');
  if (!isText(causationId)) throw invalid(contract, 'causationId is not a text');
  const context = contextOf(contract, given, settings.context);
  const apart = new Set([contract.key, ...settings.context]);
  const fields = contract.fieldsOf(Object.fromEntries(Object.entries(given).filter(([name]) => !apart.has(name))));
  const { service, sourceSystem, eventSource, aggregate, recordBytesMax } = settings;
  const form = {
    ...{ contract, key, occurrence, causationId, context, sourceSystem, fields },
    occurredAt: occurredAtOf(contract, fields, said, nowMs),
    correlationId: correlationOf(sourceSystem, { aggregate, id: key }),
    ...{ type: contract.type, source: eventSource },
  };
  const own = { [PRODUCER_HEADER]: serviceProducer(service), [OCCURRENCE_HEADER]: occurrence };
  const record = ({ sequence, epoch }: Standing): OwnRecord => {
    const event = eventOf({ ...form, sequence });
    return recordOf(event, { ...contract.beside, ...own, [OWNERSHIP_EPOCH_HEADER]: String(epoch) });
  };
  // With a number that no event is too large for.
  const trial = eventOf({ ...form, sequence: Number.MAX_SAFE_INTEGER });
  contract.assertFits(trial.value);
  if (!isWithin(recordOf(trial, { ...contract.beside, ...own }), recordBytesMax))
    throw invalid(contract, `it is larger than ${recordBytesMax} bytes as a record (recordBytesMax)`);
  return { contract, id: trial.id, key, context, record };
}

const recordOf = (event: IntegrationEvent, beside: Readonly<Record<string, string>>): OwnRecord => ({
  ...{ topic: event.topic, key: event.key, value: eventText(event) },
  headers: { ...event.headers, ...beside },
});

/** One that a record and a table take as it is. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

/** As it is on the wire. */
function plain(contract: OwnContract, value: Readonly<Record<string, unknown>>): JsonObject {
  try {
    return JSON.parse(JSON.stringify(value)) as JsonObject;
  } catch {
    throw invalid(contract, 'it is no JSON');
  }
}

function contextOf(contract: OwnContract, given: JsonObject, names: readonly string[]): Context {
  const wrong = names.find((name) => !(given[name] === null || typeof given[name] === 'string'));
  if (wrong !== undefined) throw invalid(contract, `${wrong}, of its context, is neither a text nor null`);
  return Object.fromEntries(names.map((name) => [name, given[name] as string | null]));
}

const UTC = /T\d\d:\d\d:\d\d(\.\d+)?Z$/;

function occurredAtOf(contract: OwnContract, fields: JsonObject, said: Said, nowMs: number): string {
  const instant = said.occurredAt ?? contract.occurredAt?.(fields) ?? new Date(nowMs).toISOString();
  if (UTC.test(instant) && instantMs(instant) !== null) return instant;
  throw invalid(contract, 'occurredAt is not an ISO-8601 instant in UTC');
}

const invalid = ({ text }: OwnContract, what: string): DragomanError =>
  new DragomanError('EVENT_INVALID', `An event of ${text} cannot be published: ${what}. Nothing was written.`);
