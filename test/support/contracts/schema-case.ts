/** A change of a schema with what it means, and pieces of schemas that such changes are made of. */
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';

export interface SchemaCase {
  readonly name: string;
  readonly from: JsonSchema;
  readonly to: JsonSchema;
  /** Whether consumers go on reading. */
  readonly forward: boolean;
  readonly backward: boolean;
  /** Where the rules of registries let through what hurts consumers, or refuse what does not. */
  readonly ours?: { readonly forward?: boolean; readonly backward?: boolean; readonly why: string };
  /** What the gate says, whatever the direction. */
  readonly codes: readonly string[];
  /** Of the first code. */
  readonly path?: string;
}

export type Properties = Readonly<Record<string, JsonSchema>>;

export const text: JsonSchema = { type: 'string' };
export const whole: JsonSchema = { type: 'integer' };

export const open = (properties: Properties, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});

export const closed = (properties: Properties, required: readonly string[] = []): JsonSchema => ({
  ...open(properties, required),
  additionalProperties: false,
});

/** Others are texts. */
export const partial = (properties: Properties): JsonSchema => ({ ...open(properties), additionalProperties: text });

export const a = (schema: JsonSchema): JsonSchema => open({ a: schema }, ['a']);

export const TOLERATED =
  'whoever wrote by the old one did not use the name: it is tolerated for consumers that begin again';
export const NOT_FILLED_IN = 'registries take a default for a value, and validators do not fill it in';
export const NOT_LOOKED_AT = 'registries do not look at format';
