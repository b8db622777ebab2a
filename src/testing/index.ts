/** `dragoman/testing`: the kit for the tests of rules. See `given`. */
export { given, type ExpectedEvent, type Scenario, type TransactionOptions } from './scenario.js';
export type { Rows } from './rows.js';
