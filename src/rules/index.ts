/** `dragoman/rules`: what rule files import. Pure declarations; see `docs/` and the rules of the retailer for examples. */
export { legacy, table, type Column, type RowOf, type Table } from './tables/table.js';
export { via, type Via } from './tables/key-of.js';
export { lookup, type Lookup, type LookupsOf, type LookupView } from './tables/lookup.js';
export { aggregate, many, one, type Aggregate, type ViewOf } from './aggregate.js';
export { contract, type Contract } from './contract.js';
export { correct, type CorrectionDefinition as Correction } from './correction.js';
export { publish, type Publication, type Withheld } from './publication.js';
export {
  having,
  intervention,
  type Having,
  type InterventionDefinition as Intervention,
} from './interventions/intervention.js';
export { origin, type Origin, type OriginHeader } from './origins/origin.js';
export { capability, type CapabilityDefinition as Capability } from './routes/capability.js';
export { ruleSet, type RuleSet } from './rule-set.js';
export { known } from './fact.js';
export { decimal, type Decimal, type Rounding } from './values/decimal.js';
export { compareTexts, compareTimes } from './values/compare.js';
export type { Context, Declared, Due, Fact, Importance, JsonObject, JsonValue } from './fact.js';
