/**
 * One integration event, ready to be written: a flat value with its metadata in it, and the headers of a CloudEvents 1.0 event
 * in binary mode. Sources: CloudEvents specification 1.0.2 and its Kafka protocol binding, distributed "correlation" extension.
 */
import type { AggregateRef, ChangeSet, Origin, Timer } from '../../domain/change-set.js';
import { eventId } from '../../domain/event-id.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import { PRODUCER_HEADER } from '../../domain/ownership/headers.js';
import { CORRECTS_FIELD, CORRECTS_HEADER } from '../../domain/repair/headers.js';
import { positionText } from '../../domain/source/position.js';
import { aggregateText } from '../../domain/state/aggregate-state.js';
import type { Said } from '../../domain/source/said.js';
import { eventTrace, traceparentOf } from '../../domain/source/trace.js';
import type { ContractDefinition } from '../../rules/contract.js';
import { type PromiseOptions, stabilityOf } from '../../rules/contracts/promise.js';
import type { Context, JsonObject } from '../../rules/fact.js';
import { put } from '../own.js';
import type { TranslateSettings } from '../settings.js';

export interface EventParts {
  readonly changeSet: ChangeSet;
  readonly contract: ContractDefinition;
  readonly occurrence: string;
  readonly occurredAt: string;
  readonly sequence: number;
  readonly context: Context;
  readonly fields: JsonObject;
  /** Of its change set; absent: nothing. */
  readonly said?: Said | undefined;
  /** Of the legacy system; absent: none. */
  readonly traces?: readonly string[] | undefined;
  /** Who publishes it, of a contract that may move; absent: it never does. */
  readonly producer?: string | undefined;
  /** Id of the event that it corrects; absent: it corrects none. */
  readonly corrects?: string | undefined;
  readonly settings: EventSettings;
}

export type EventSettings = Pick<
  TranslateSettings,
  'sourceSystem' | 'eventSource' | 'eventTypePrefix' | 'digest' | 'tracing'
>;

/** Digits of `ce_ordersequence`, which consumers compare as text. */
const SEQUENCE_DIGITS = 12;

export function makeEvent(parts: EventParts): IntegrationEvent {
  const { changeSet, contract, settings } = parts;
  const event = eventOf({
    contract,
    key: changeSet.id,
    occurrence: parts.occurrence,
    occurredAt: parts.occurredAt,
    sequence: parts.sequence,
    correlationId: correlationOf(settings.sourceSystem, changeSet),
    causationId: causationOf(changeSet.origin, changeSet.timer),
    context: parts.context,
    sourceSystem: settings.sourceSystem,
    fields: parts.fields,
    type: eventTypeOf(contract.name, contract.majorVersion, settings.eventTypePrefix),
    source: settings.eventSource,
    digest: settings.digest,
    ...(parts.corrects === undefined ? {} : { corrects: parts.corrects }),
  });
  const beside = headersBeside(event.id, parts);
  return beside === undefined ? event : { ...event, headers: { ...event.headers, ...beside }, beside };
}

/** What an event is made of, whoever publishes it. */
export interface EventForm {
  readonly contract: Pick<ContractDefinition, 'name' | 'majorVersion' | 'topic' | 'key'>;
  /** Id of the aggregate: the business key. */
  readonly key: string;
  readonly occurrence: string;
  readonly occurredAt: string;
  readonly sequence: number;
  readonly correlationId: string;
  readonly causationId: string;
  readonly context: Context;
  readonly sourceSystem: string;
  readonly fields: JsonObject;
  /** With prefix and major version: `shop.OrderReady.v1`. */
  readonly type: string;
  readonly source: string;
  /** Of the rules that decided it; absent: no rules did. */
  readonly digest?: string;
  /** Id of the event that it corrects; absent: it corrects none. */
  readonly corrects?: string;
}

export function eventOf(form: EventForm): IntegrationEvent {
  const { contract, key, occurrence, occurredAt, sequence, correlationId, causationId, context, fields } = form;
  const { name, majorVersion, topic } = contract;
  const id = eventId({ contract: name, majorVersion, aggregateId: key, occurrence });
  const value = {
    eventId: id,
    eventType: name,
    schemaVersion: majorVersion,
    occurredAt,
    sequence,
    correlationId,
    causationId,
  };
  for (const name of Object.keys(context)) put(value, name, context[name]);
  put(value, 'sourceSystem', form.sourceSystem);
  put(value, contract.key, key);
  if (form.corrects !== undefined) put(value, CORRECTS_FIELD, form.corrects);
  // One by one, because the engine takes its time over spreads of many shapes. No field may stand in for what is there.
  for (const name of Object.keys(fields)) if (!Object.hasOwn(value, name)) put(value, name, fields[name]);
  const headers = eventHeaders(value, form);
  return { id, type: name, version: majorVersion, topic, key, occurredAt, sequence, value, headers };
}

/** The same for all events of an aggregate. */
export const correlationOf = (sourceSystem: string, aggregate: AggregateRef): string =>
  `${sourceSystem}:${aggregateText(aggregate)}`;

/** CloudEvents `type`. @param prefix may be empty. */
export const eventTypeOf = (name: string, majorVersion: number, prefix: string): string =>
  prefixed(contractText(name, majorVersion), prefix);

const prefixed = (contract: string, prefix: string): string => (prefix === '' ? contract : `${prefix}.${contract}`);

/** CloudEvents `dataschema`: names the JSON Schema of the value. @param type of CloudEvents. */
export const schemaUriOf = (type: string): string => `urn:dragoman:contract:${type}`;

/**
 * That the contract is on its way out; `ce_originusecase`, `ce_originsystem`, as far as the contract carries them and they are known;
 * `traceparent`; who publishes it; which event it corrects. Undefined: none.
 */
function headersBeside(
  id: string,
  { contract, said, traces = [], producer, corrects, settings: { tracing, eventTypePrefix } }: EventParts,
): Record<string, string> | undefined {
  const { origin } = contract;
  const isDeprecated = stabilityOf(contract) === 'deprecated';
  const isOrigin = origin !== undefined && said !== undefined;
  if (!isDeprecated && tracing === undefined && !isOrigin && producer === undefined && corrects === undefined)
    return undefined;
  const headers = isDeprecated ? deprecationHeaders(contract, eventTypePrefix) : {};
  for (const name of origin ?? []) {
    const value = said?.[name];
    if (value !== undefined) headers[`ce_origin${name.toLowerCase()}`] = value;
  }
  if (producer !== undefined) headers[PRODUCER_HEADER] = producer;
  if (corrects !== undefined) headers[CORRECTS_HEADER] = corrects;
  if (tracing !== undefined) headers['traceparent'] = traceparentOf(eventTrace(id, traces, tracing.sampledShare));
  return Object.keys(headers).length === 0 ? undefined : headers;
}

/** The deprecation extension of CloudEvents. From when on the contract is deprecated nobody says, so `ce_deprecationfrom` is not there. */
export const deprecationHeaders = ({ sunset, replacedBy }: PromiseOptions, prefix: string): Record<string, string> => ({
  ce_deprecated: 'true',
  ...(sunset === undefined ? {} : { ce_deprecationsunset: `${sunset}T00:00:00Z` }),
  ...(replacedBy === undefined ? {} : { ce_deprecationmigration: schemaUriOf(prefixed(replacedBy, prefix)) }),
});

/** What headers say that stands in the value, too. */
export interface EventMetadata {
  readonly eventId: string;
  readonly occurredAt: string;
  readonly sequence: number;
  readonly correlationId: string;
  readonly causationId: string;
}

/** What only headers say. */
export interface EventContext {
  /** Record key. */
  readonly key: string;
  /** With prefix and major version: `shop.OrderReady.v1`. */
  readonly type: string;
  readonly source: string;
  /** Of the rules that decided it; absent: no rules did. */
  readonly digest?: string;
}

/** All headers of an event: what the journal holds of it gives them again. */
export function eventHeaders(
  { eventId: id, occurredAt, sequence, correlationId, causationId }: EventMetadata,
  { key, type, source, digest }: EventContext,
): Record<string, string> {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: type,
    ce_subject: key,
    ce_time: occurredAt,
    ce_dataschema: schemaUriOf(type),
    ce_correlationid: correlationId,
    ce_causationid: causationId,
    ce_ordersequence: String(sequence).padStart(SEQUENCE_DIGITS, '0'),
  };
  if (digest !== undefined) headers['ce_rulesdigest'] = digest;
  headers['content-type'] = 'application/json';
  return headers;
}

const texts = new WeakMap<IntegrationEvent, string>();

/** The value as it is written; made once, because its size has to be known before it is published. */
export function eventText(event: IntegrationEvent): string {
  const text = texts.get(event) ?? JSON.stringify(event.value);
  texts.set(event, text);
  return text;
}

/** The source transaction: what an operator looks for in the source's log; or the timer, with the instant when it was due. */
export const causationOf = ({ source, transactionId, position, commitTimeMs }: Origin, timer?: Timer): string =>
  timer !== undefined
    ? `${source}:${timer.name}:${new Date(commitTimeMs).toISOString()}`
    : `${source}:${transactionId ?? ''}:${position === null ? '' : positionText(position)}`;
