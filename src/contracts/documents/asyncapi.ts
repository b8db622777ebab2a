/**
 * All contracts as one AsyncAPI document: what is sent, by topic. Payloads are JSON Schema draft-07, as in `schema.json`. Sources: AsyncAPI 3.1.0,
 * Kafka bindings 0.5.0. Pure.
 */
import { sorted } from '../../rules/contracts/field-schema.js';
import { DEFINITIONS, type Json, type JsonSchema } from '../../rules/contracts/json-schema.js';
import { compareTexts } from '../../rules/values/compare.js';
import { contractText } from '../../domain/integration-event.js';
import type { ExampleEvent, PublishedEvent } from '../published-contracts.js';
import { comesWords } from './contract-page.js';

const ASYNCAPI = '3.1.0';
const BINDING = { bindingVersion: '0.5.0' };
const SCHEMA_FORMAT = 'application/schema+json;version=draft-07';

export function asyncApi(events: readonly PublishedEvent[], sourceSystem: string): Json {
  const topics = [...new Set(events.map(({ contract }) => contract.topic))].sort(compareTexts);
  const named = events.map((event) => ({ name: nameOf(event), topic: event.contract.topic, event }));
  const ofTopic = (topic: string): string[] => named.filter((each) => each.topic === topic).map(({ name }) => name);
  return {
    asyncapi: ASYNCAPI,
    info: {
      title: `Events of ${sourceSystem}`,
      version: '1.0.0',
      description: 'Integration events that other teams may rely on. Each message says its major version in its name.',
    },
    defaultContentType: 'application/json',
    channels: byName(topics, (topic) => ({
      address: topic,
      description: 'Keyed by the business key: events of one key are in order.',
      messages: byName(ofTopic(topic), (name) => ({ $ref: `#/components/messages/${name}` })),
      bindings: { kafka: { topic, ...BINDING } },
    })),
    operations: Object.fromEntries(
      topics.map((topic) => [
        `send.${topic}`,
        {
          action: 'send',
          channel: { $ref: `#/channels/${topic}` },
          messages: ofTopic(topic).map((name) => ({ $ref: `#/channels/${topic}/messages/${name}` })),
          bindings: { kafka: BINDING },
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(named.map(({ name, event }) => [name, messageOf(name, event)])),
    },
  };
}

const nameOf = ({ contract: { name, version } }: PublishedEvent): string => contractText(name, version);

const byName = (names: readonly string[], of: (name: string) => Json): Json =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

function messageOf(name: string, { contract, example }: PublishedEvent): Json {
  const { meaning, certainty, notSentWhen, owner, stability, sunset, replacedBy, key, value } = contract;
  return {
    name,
    title: `${contract.name} v${contract.version}`,
    summary: meaning,
    description: `${comesWords(contract)} ${certainty} Not sent when: ${notSentWhen}`,
    contentType: example.headers['content-type'] ?? 'application/json',
    tags: [...new Set([stability, owner])].map((tag) => ({ name: tag })),
    correlationId: { location: '$message.header#/ce_correlationid' },
    headers: headersSchema(example),
    payload: { schemaFormat: SCHEMA_FORMAT, schema: inDocument(value, name) as Json },
    bindings: { kafka: { key: { type: 'string', description: `Value of ${key}` }, ...BINDING } },
    examples: [{ name: 'example', headers: example.headers, payload: example.value }],
    'x-sunset': sunset,
    'x-replaced-by': replacedBy,
  };
}

/** The same for every event of a contract. */
const FIXED = ['ce_specversion', 'ce_type', 'ce_dataschema', 'content-type'];

function headersSchema({ headers }: ExampleEvent): Json {
  const properties = Object.entries(headers).map(([name, value]): [string, Json] => [
    name,
    FIXED.includes(name) ? { type: 'string', const: value } : { type: 'string' },
  ]);
  return sorted({ type: 'object', properties: Object.fromEntries(properties), required: Object.keys(headers) });
}

/** References count from the top of the document here. */
const inDocument = (schema: JsonSchema, name: string): unknown =>
  JSON.parse(JSON.stringify(schema), (word, value: unknown) =>
    word === '$ref' && typeof value === 'string' && value.startsWith(DEFINITIONS)
      ? `#/components/messages/${name}/payload/schema${value.slice(1)}`
      : value,
  );
