/** A published contract for tests: small, whole, and to be changed. */
import type { PublishedContract } from '../../../src/contracts/published.js';
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';
import { METADATA_FIELDS } from '../../../src/rules/contract.js';

export interface Promised extends Partial<Omit<PublishedContract, 'value'>> {
  /** Of its own fields. */
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const text: JsonSchema = { type: 'string' };

export function published({ properties = { total: text }, required = [], ...said }: Promised = {}): PublishedContract {
  const key = said.key ?? 'orderId';
  const metadata = Object.fromEntries([...METADATA_FIELDS, key].map((name) => [name, text]));
  const name = said.name ?? 'OrderAccepted';
  const version = said.version ?? 1;
  return {
    schema: 'dragoman.contract@1',
    ...{ name, version, type: `${name}.v${version}`, topic: 'orders', key, owner: 'order-management' },
    meaning: 'The order is accepted.',
    certainty: 'Sent once; it is not taken back.',
    notSentWhen: 'The order was there before.',
    ...{ carries: 'state', stability: 'stable', sunset: null, replacedBy: null },
    cardinality: { aggregate: 'order', comes: 'once', of: null },
    reconciledBy: [key],
    fields: Object.fromEntries(
      [key, ...Object.keys(properties)].map((each) => [each, { authority: 'own', class: null }]),
    ),
    waived: {},
    value: {
      type: 'object',
      properties: { ...metadata, ...properties },
      required: [...Object.keys(metadata), ...required],
    },
    example: { orderId: '4711' },
    ...said,
  };
}
