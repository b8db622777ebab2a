/** What is promised: each event with its meaning, its fields, where it comes from, how often it is published, and who reads it how far. */
import { z } from 'zod';
import { STABILITIES } from '../../rules/contracts/promise.js';
import { factSchema } from './rules.js';

/** Consumer groups that are looked at, and shown. */
export const GROUPS_MAX = 200;

const contract = z.object({
  event: z.string(),
  version: z.int(),
  topic: z.string(),
  key: z.string().describe('Field that holds the business key'),
  owner: z.string(),
  meaning: z.string(),
  stability: z.enum(STABILITIES),
  sunset: z.iso.date().nullable().describe('First day (UTC) on which it may not be sent any more; null: nobody said'),
  replacedBy: z.string().nullable().describe('Contract that takes its place: `Name.v2`'),
  lastMinute: z.int().describe('Published by this member in the last minute that is over'),
  lastHour: z.int().describe('Published by this member in the last hour'),
});

export const contractsSchema = z.object({
  schema: z.literal('dragoman.http/contracts@1'),
  since: z.iso.datetime().describe('From then on this member has counted'),
  contracts: z.array(contract),
});

export const contractQuery = z.strictObject({
  event: z.string().min(1).max(200),
  version: z.coerce.number().int().min(1).max(1_000_000),
});

export const contractOneSchema = contract.extend({
  schema: z.literal('dragoman.http/contract@1'),
  certainty: z.string(),
  notSentWhen: z.string(),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      class: z.string().nullable().describe('Of data: personal, secret or a name of the rules; null: none'),
      isRequired: z.boolean(),
      isMetadata: z.boolean(),
    }),
  ),
  jsonSchema: z.record(z.string(), z.unknown()).describe('JSON Schema draft-07 of the whole value'),
  example: z.record(z.string(), z.unknown()).describe('Business fields'),
  facts: z.array(factSchema),
});

export const consumersSchema = z.object({
  schema: z.literal('dragoman.http/consumers@1'),
  topic: z.string(),
  asOf: z.iso.datetime(),
  groups: z.array(
    z.object({
      group: z.string(),
      lagRecords: z.int().describe('Records of the topic that it has not committed yet'),
      readUpTo: z.iso
        .datetime()
        .nullable()
        .describe('When the newest record that it has committed was published; null: not known'),
    }),
  ),
  notLookedAt: z.int().describe('Groups beyond the limit'),
});

export type Contracts = z.output<typeof contractsSchema>;
export type ContractQuery = z.output<typeof contractQuery>;
export type ContractOne = z.output<typeof contractOneSchema>;
export type Consumers = z.output<typeof consumersSchema>;
