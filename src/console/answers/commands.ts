/** Decisions of operators: what one sends, what became of it, and those that were made last. */
import { z } from 'zod';
import { COMMAND_KINDS, COMMAND_RESULTS, REASON_CHARS_MAX } from '../../domain/command.js';

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
