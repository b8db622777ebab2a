/** Contracts as other teams get them, out of rules that a test declares. */
import {
  publishedContracts,
  type PublishedEvent,
  type WireSettings,
} from '../../../src/contracts/published-contracts.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { contract, publish, type RuleSet } from '../../../src/rules/index.js';
import { placed, placedRules, prose } from '../sources/placed-orders.js';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { z } from 'zod';
import type { JsonSchema } from '../../../src/contracts/published.js';

export const SETTINGS: WireSettings = { sourceSystem: 'legacy', eventSource: 'urn:dragoman', eventTypePrefix: '' };

export const publishedOf = (rules: RuleSet, settings = SETTINGS): PublishedEvent[] =>
  publishedContracts(compileRuleSet(rules), settings);

/** `OrderPlaced` v1 with these fields. @param options of the contract. */
export function publishedWith<S extends z.ZodObject>(
  data: S,
  example: z.input<S>,
  options: object = {},
): PublishedEvent {
  const placedV1 = contract('OrderPlaced', 1, { ...prose, ...options, data, example });
  const [only] = publishedOf(placedRules({ publications: [publish(placed).as(placedV1, () => example)] }));
  if (only === undefined) throw new Error('no contract is published');
  return only;
}

/** What ajv has against a value; empty: nothing. */
export function refusals(schema: JsonSchema): (value: unknown) => string[] {
  const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}
