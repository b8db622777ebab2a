/** Decisions of operators: what one sends, what became of it, and those that were made last. */
import { z } from 'zod';
import { COMMAND_CONTRACTS_MAX, COMMAND_KINDS, COMMAND_RESULTS, REASON_CHARS_MAX } from '../../domain/command.js';
import { STAGES } from '../../domain/ownership/route.js';
import { DISCREPANCY_CLASSES } from '../../domain/reconciliation/discrepancy.js';
import { BAD_CLASSES } from '../../domain/state/pairs.js';

/** Records of the commands log that are looked at, from its end. */
export const COMMANDS_MAX = 200;
/** So long is waited for what becomes of a command. */
export const WAIT_SECONDS_MAX = 10;

const head = {
  pipeline: z.string().max(200).optional().describe('Default: the only one'),
  reason: z
    .string()
    .trim()
    .min(1, 'say why: it is kept with the decision')
    .max(REASON_CHARS_MAX)
    .describe('Why; kept with the decision. No personal values: it goes to the log'),
  by: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Who decides, where no token says it; else the name of the token'),
};
const aggregate = { aggregate: z.string().trim().min(1).max(200), id: z.string().max(500) };
const transaction = { source: z.string().trim().min(1).max(200), transaction: z.string().trim().min(1).max(200) };

const contract = z.string().trim().min(1).max(200).describe('`OrderReady.v1`');
const route = {
  selector: z.string().max(2_000).describe('`market=DE share=0-25`; empty: all'),
  epoch: z.int().min(0).describe('Of the routes, as the plan showed it: refused when they were moved meanwhile'),
};

const finding = {
  capability: z.string().trim().min(1).max(200),
  contract,
  class: z.enum(BAD_CLASSES),
  signature: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('At which fields, of what is `different`; absent: whatever they are'),
};

const discrepancies = {
  ids: z.array(z.uuid()).min(1).max(100).optional().describe('Of these; or by check and class'),
  check: z.string().max(200).optional(),
  class: z.enum(DISCREPANCY_CLASSES).optional(),
  contract: z.string().min(1).max(200).optional(),
};

/** What the console decides; all else is the command line's. */
export const decisionBody = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('unpark'), ...head, ...aggregate })
    .describe('Decide what waits behind a parked aggregate, in its order'),
  z
    .strictObject({
      kind: z.literal('parked.discard'),
      ...head,
      ...aggregate,
      first: z
        .string()
        .max(500)
        .describe('The change set that is given up, as it was shown: refused when another one is the first by then'),
      all: z.boolean().default(false).describe('Give up everything that waits now'),
    })
    .describe('Give up the change set that cannot be applied'),
  z
    .strictObject({ kind: z.literal('transaction.release'), ...head, ...transaction })
    .describe('Let a held source transaction pass as it is'),
  z
    .strictObject({ kind: z.literal('transaction.quarantine'), ...head, ...transaction })
    .describe('Let a held source transaction go, parking every aggregate that it touches'),
  z
    .strictObject({
      kind: z.literal('route.move'),
      ...head,
      contracts: z.array(contract).min(1).max(COMMAND_CONTRACTS_MAX).describe('Of one capability, in one epoch'),
      ...route,
      to: z.enum(STAGES),
      at: z.iso
        .datetime()
        .optional()
        .describe('By the commit times of the source; default: two seconds after it is sent'),
      override: z
        .string()
        .trim()
        .min(1)
        .max(REASON_CHARS_MAX)
        .optional()
        .describe('Why, although something speaks against it'),
    })
    .describe('Move routes to another stage; one that its service has is asked of it'),
  z
    .strictObject({
      kind: z.literal('route.take-over'),
      ...head,
      contract,
      ...route,
      publishOwed: z.boolean().default(false).describe('Publish what happened and the service never told'),
    })
    .describe('Take a route without its service, which was asked in vain and cannot write any more'),
  z
    .strictObject({
      kind: z.literal('parity.accept'),
      ...head,
      ...finding,
      until: z.iso.datetime().describe('From then on it counts again; at most a year ahead'),
    })
    .describe('Let findings of parity count as right for a while'),
  z
    .strictObject({ kind: z.literal('parity.revoke'), ...head, ...finding })
    .describe('Let findings that were accepted count again'),
  z
    .strictObject({
      kind: z.literal('discrepancy.accept'),
      ...head,
      ...discrepancies,
      until: z.iso.datetime().describe('From then on they count again; at most a year ahead'),
    })
    .describe('Let discrepancies be for a while'),
  z
    .strictObject({ kind: z.literal('discrepancy.revoke'), ...head, ...discrepancies })
    .describe('Let discrepancies that were accepted count again'),
  z
    .strictObject({
      kind: z.literal('check.run'),
      ...head,
      check: z.string().max(200).describe('`source`, `published` or `projection:<consumer>`'),
      restart: z.boolean().default(false).describe('Begin anew; else it goes on where the last run was broken off'),
    })
    .describe('Run a check in this member; no command is written, but its reports have who and why'),
]);

const results = z.enum(COMMAND_RESULTS);

export const commandSchema = z.object({
  id: z.string(),
  pipeline: z.string(),
  kind: z.enum(COMMAND_KINDS),
  subject: z.string().describe('`order 4711`'),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  isCarriedOut: z.boolean().nullable().describe('Every task of the pipeline has passed it; null: not known'),
  outcomes: z
    .array(z.object({ task: z.string(), result: results, text: z.string() }))
    .describe('What became of it, as far as this member ran the tasks'),
});

export const decidedSchema = z.object({
  schema: z.literal('dragoman.http/decided@1'),
  id: z.string().describe('Of the command'),
  result: z
    .enum(['applied', 'refused', 'waiting'])
    .describe('`waiting`: it stands in the log and will be carried out; do not send it again'),
  text: z.string(),
  parked: z.object({ code: z.string(), text: z.string() }).nullable().describe('The aggregate is parked, again'),
});

export const commandsSchema = z.object({
  schema: z.literal('dragoman.http/commands@1'),
  commands: z.array(commandSchema).describe('The newest first'),
  unreadable: z.int().describe('Records among them that are no command of this version'),
  earlier: z.boolean().describe('There are earlier ones'),
});

export type Decision = z.output<typeof decisionBody>;
export type Decided = z.output<typeof decidedSchema>;
export type Commands = z.output<typeof commandsSchema>;
export type CommandShown = Commands['commands'][number];
