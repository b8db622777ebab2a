/**
 * JSON Schema draft-07 of what is on the wire under a contract: metadata, context, key and business fields, as `translate/publish/event.ts`
 * writes them. The same rules give the same text: names are sorted, and `$id` is the `ce_dataschema` of the events. Pure.
 */
import { contractText } from '../domain/integration-event.js';
import { CORRECTS_FIELD } from '../domain/repair/headers.js';
import type { CompiledRules } from '../rules/compile.js';
import type { ContractDefinition } from '../rules/contract.js';
import { DRAFT_07, type FieldAt, fieldSchema, fieldsOf, sorted, withFields } from '../rules/contracts/field-schema.js';
import type { JsonSchema } from '../rules/contracts/json-schema.js';
import { schemaUriOf, eventTypeOf } from '../translate/publish/event.js';
import { type Publisher, publisherOf } from './publisher.js';

export interface WireSchema {
  readonly schema: JsonSchema;
  /** Key, context, business fields and what is in them; without metadata. */
  readonly fields: readonly FieldAt[];
}

/** @param typePrefix of the config (`event.typePrefix`). */
export function wireSchema(contract: ContractDefinition, rules: CompiledRules, typePrefix: string): WireSchema {
  const { name, majorVersion, key, meaning, fields: said = {} } = contract;
  const own = fieldSchema(contract.data);
  const publisher = publisherOf(contract, rules);
  const context = contextSchema(publisher);
  const corrects = correctsSchema(publisher);
  const places: JsonSchema = {
    properties: {
      [key]: {
        type: 'string',
        minLength: 1,
        description: 'Business key: what the event is about. The key of the record.',
      },
      ...corrects,
      ...context,
      ...own.properties,
    },
    required: [key, ...Object.keys(corrects), ...Object.keys(context), ...(own.required ?? [])],
  };
  const described = withFields(places, (field, path) => {
    const words = said[path]?.meaning;
    return words === undefined ? field : { ...field, description: words };
  });
  const { definitions } = own;
  const metadata = metadataSchema(name, majorVersion);
  const schema: JsonSchema = {
    $schema: DRAFT_07,
    $id: schemaUriOf(eventTypeOf(name, majorVersion, typePrefix)),
    title: contractText(name, majorVersion),
    description: meaning,
    type: 'object',
    properties: { ...metadata, ...described.properties },
    required: [...Object.keys(metadata), ...(described.required ?? [])],
    ...(definitions === undefined ? {} : { definitions }),
  };
  return {
    schema: sorted(schema as never) as JsonSchema,
    fields: fieldsOf(described, { ...described, ...(definitions && { definitions }) }),
  };
}

const text = (description: string): JsonSchema => ({ type: 'string', description });

/** In the order of `METADATA_FIELDS`. */
const metadataSchema = (name: string, majorVersion: number): Readonly<Record<string, JsonSchema>> => ({
  eventId: {
    type: 'string',
    format: 'uuid',
    description: 'Names the event for ever: the same event has the same id, however often it is read or sent again.',
  },
  eventType: { type: 'string', const: name, description: 'Name of the contract.' },
  schemaVersion: { type: 'integer', const: majorVersion, description: 'Major version of the contract.' },
  occurredAt: { type: 'string', format: 'date-time', description: 'When it happened to the business; UTC.' },
  sequence: {
    type: 'integer',
    minimum: 1,
    description: 'Counts the events of this key under this contract and major version: 1, 2, 3, without gaps.',
  },
  correlationId: text('The same for all events of one key.'),
  causationId: text('What led to the event: a transaction of the source system, or a time that was due.'),
  sourceSystem: text('Where it happened.'),
});

/** Of what corrects. */
const correctsSchema = ({ corrects }: Publisher): Readonly<Record<string, JsonSchema>> =>
  corrects === null
    ? {}
    : {
        [CORRECTS_FIELD]: {
          ...{ type: 'string', format: 'uuid' },
          description: `The eventId of the ${corrects.name} v${corrects.majorVersion} that was wrong, and that this event corrects.`,
        },
      };

/** Always there, as a text or null. */
const contextSchema = ({ aggregate: { context } }: Publisher): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    context.map(({ name }) => [
      name,
      { type: ['string', 'null'], description: 'Where it belongs; null when nothing tells.' },
    ]),
  );
