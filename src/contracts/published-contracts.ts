/** Checked rules -> the contracts as other teams get them, by name and version; with an event of each, as a record of Kafka has it. Pure. */
import { DragomanError } from '../errors.js';
import { contractText } from '../domain/integration-event.js';
import { PREFIXED_CONTENT } from '../domain/registry/registration.js';
import { positionOf } from '../domain/source/position.js';
import { isError } from '../rules/error.js';
import { instantMs } from '../rules/values/instant.js';
import { compareTexts } from '../rules/values/compare.js';
import type { CompiledRules } from '../rules/compile.js';
import type { ContractDefinition } from '../rules/contract.js';
import { classAt, type FieldAt } from '../rules/contracts/field-schema.js';
import type { Json } from '../rules/contracts/json-schema.js';
import { carriesOf, stabilityOf } from '../rules/contracts/promise.js';
import { type FactDefinition, FIRST_SEEN, type JsonObject } from '../rules/fact.js';
import { eventTypeOf, makeEvent } from '../translate/publish/event.js';
import { type Cardinality, PUBLISHED_SCHEMA, type PublishedContract, type PublishedField } from './published.js';
import { type Publisher, publisherOf } from './publisher.js';
import { wireSchema } from './value-schema.js';

/** What the config says of events. */
export interface WireSettings {
  /** `sourceSystem` of events. */
  readonly sourceSystem: string;
  /** CloudEvents `source`. */
  readonly eventSource: string;
  /** In front of the contract's name in CloudEvents `type`; may be empty. */
  readonly eventTypePrefix: string;
  /** How events of a contract name their registered schema. Absent: none does. */
  readonly registryOf?: (contract: ContractDefinition) => 'none' | 'header' | 'prefix';
}

/** An event as a record of Kafka has it, its value parsed. */
export interface ExampleEvent {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, Json>>;
}

export interface PublishedEvent {
  readonly contract: PublishedContract;
  readonly example: ExampleEvent;
}

/** @throws DragomanError RULES_INVALID when `occurredAt` of a contract makes nothing of its example. */
export const publishedContracts = (rules: CompiledRules, settings: WireSettings): PublishedEvent[] =>
  [...rules.contracts]
    .sort((a, b) => compareTexts(a.name, b.name) || a.majorVersion - b.majorVersion)
    .map((contract) => publishedContract(contract, rules, settings));

export function publishedContract(
  contract: ContractDefinition,
  rules: CompiledRules,
  settings: WireSettings,
): PublishedEvent {
  const { name, majorVersion, topic, key, owner, meaning, certainty, notSentWhen } = contract;
  const { schema, fields } = wireSchema(contract, rules, settings.eventTypePrefix);
  const publisher = publisherOf(contract, rules);
  const registry = settings.registryOf?.(contract) ?? 'none';
  const example = exampleOf(contract, publisher, settings);
  return {
    contract: {
      schema: PUBLISHED_SCHEMA,
      ...{ name, version: majorVersion, type: eventTypeOf(name, majorVersion, settings.eventTypePrefix) },
      ...{ topic, key, owner, meaning, certainty, notSentWhen },
      carries: carriesOf(contract),
      stability: stabilityOf(contract),
      sunset: contract.sunset ?? null,
      replacedBy: contract.replacedBy ?? null,
      ...(registry === 'none' ? {} : { registry }),
      ...correctionOf(contract, publisher, rules),
      cardinality: cardinalityOf(publisher),
      reconciledBy: [...new Set([key, ...(contract.reconciledBy ?? [])])],
      fields: Object.fromEntries(fields.map((field) => [field.path, fieldOf(field, contract)])),
      waived: contract.waived ?? {},
      value: schema,
      example: example.value,
    },
    example: registry === 'prefix' ? { ...example, headers: { ...example.headers, ...PREFIXED_CONTENT } } : example,
  };
}

/** A schema that several fields share cannot have the words of each. */
function fieldOf({ path, schema }: FieldAt, contract: ContractDefinition): PublishedField {
  const { fields = {} } = contract;
  const { authority = 'own', meaning = schema.description } = (Object.hasOwn(fields, path) ? fields[path] : null) ?? {};
  return { ...(meaning === undefined ? {} : { meaning }), authority, class: classAt(contract, path) };
}

function correctionOf(
  { name, majorVersion }: ContractDefinition,
  { corrects }: Publisher,
  { corrections }: CompiledRules,
): Pick<PublishedContract, 'corrects' | 'correctedBy'> {
  const by = corrections.get(contractText(name, majorVersion))?.correction;
  return {
    ...(corrects === null ? {} : { corrects: contractText(corrects.name, corrects.majorVersion) }),
    ...(by === undefined ? {} : { correctedBy: contractText(by.name, by.majorVersion) }),
  };
}

function cardinalityOf({ aggregate: { called: aggregate }, fact: { definition }, corrects }: Publisher): Cardinality {
  if (corrects !== null) return { aggregate, comes: 'each-time', of: null };
  if (definition.kind === 'row') return { aggregate, comes: 'each-row', of: definition.member };
  return { aggregate, comes: isOnce(definition) ? 'once' : 'each-time', of: null };
}

/** In the life of an aggregate; a deadline, when what it waits for and what it is counted from are. */
function isOnce(fact: FactDefinition): boolean {
  if (fact.kind === 'milestone') return !fact.repeatable;
  if (fact.kind !== 'deadline' || fact.expected.kind !== 'milestone') return false;
  const after = fact.expected.expected?.after ?? FIRST_SEEN;
  return isOnce(fact.expected) && (after === FIRST_SEEN || isOnce(after));
}

/** Of an aggregate, a transaction and a set of rules that are nobody's: the same for all contracts, so that examples follow from the rules alone. */
const EXAMPLE = {
  id: '4711',
  corrects: '9a1de64c-3c5c-5f3b-8f27-6d0c0b1f1a3e',
  occurredAt: '2026-01-15T09:30:00.000Z',
  origin: {
    source: 'orders',
    transactionId: '1690',
    position: positionOf('26789312'),
    commitTimeMs: Date.parse('2026-01-15T09:30:00.000Z'),
  },
  digest: '0123456789abcdef',
};

function exampleOf(
  contract: ContractDefinition,
  { aggregate, fact, corrects }: Publisher,
  settings: WireSettings,
): ExampleEvent {
  const { id, origin, digest } = EXAMPLE;
  const fields = JSON.parse(JSON.stringify(contract.data.parse(contract.example))) as JsonObject;
  const event = makeEvent({
    changeSet: { aggregate: aggregate.name, id, kind: 'transaction', origin, changes: [], refusal: null },
    contract,
    occurrence: fact.definition.kind === 'row' ? '1' : '',
    occurredAt: occurredAtOf(contract, fields),
    sequence: 1,
    context: Object.fromEntries(aggregate.context.map(({ name }) => [name, `${name}-1`])),
    fields,
    settings: { ...settings, digest },
    corrects: corrects === null ? undefined : EXAMPLE.corrects,
  });
  const { topic, key, headers } = event;
  return { topic, key, headers, value: event.value as ExampleEvent['value'] };
}

/** The author's function, over the author's example. */
function occurredAtOf({ name, majorVersion, occurredAt }: ContractDefinition, fields: JsonObject): string {
  if (occurredAt === null) return EXAMPLE.occurredAt;
  const refused = (why: string): DragomanError =>
    new DragomanError(
      'RULES_INVALID',
      `contract ${name} v${majorVersion}: occurredAt ${why} its example. Correct the example, or the function: events like it would be parked.`,
    );
  let instant: unknown;
  try {
    instant = occurredAt(fields);
  } catch (error) {
    throw refused(`throws (${isError(error) ? error.message : 'no error'}) over`);
  }
  if (typeof instant !== 'string' || instantMs(instant) === null) throw refused('makes no instant of');
  return instant;
}
