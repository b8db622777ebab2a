/**
 * An operator's decision, as it stands in the commands log: what shall be done to what, who wants it, and why. In: the text of a
 * record; out: a command, or why it is none. Everything in it is bounded. Pure.
 */
import { z } from 'zod';
import { isSelectable, routeText, selectorOf, STAGES } from './ownership/route.js';
import { acceptSchema, reportSchema, revokeSchema } from './reconciliation/check-run.js';
import { correctArguments, repairWords, republishArguments } from './repair/repair.js';
import { BAD_CLASSES } from './state/pairs.js';

/** Characters of one record; more is not looked at. */
export const COMMAND_CHARS_MAX = 8_192;
/** Of the report of a check. */
export const REPORT_CHARS_MAX = 65_536;
export const REASON_CHARS_MAX = 1_000;
const NAME_CHARS_MAX = 200;
/** Business keys. */
const KEY_CHARS_MAX = 500;
/** As it is, blanks at its ends too, as `character(n)` columns have them: without them it is the key of something else. Perhaps empty. */
const key = z.string().max(KEY_CHARS_MAX);

const text = (charsMax: number): z.ZodString => z.string().trim().min(1).max(charsMax);

/** An aggregate by its type in the rules and its key. */
const aggregateArguments = z.strictObject({ aggregate: text(NAME_CHARS_MAX), id: key });
/** A source transaction that is held, by the id that its rows carry. */
const transactionArguments = z.strictObject({ source: text(NAME_CHARS_MAX), transaction: text(NAME_CHARS_MAX) });

/** What every command carries, whatever it asks for. */
const head = {
  id: z.uuid(),
  pipeline: text(NAME_CHARS_MAX),
  reason: text(REASON_CHARS_MAX),
  /** Who: a person or a program. */
  by: text(NAME_CHARS_MAX),
  /** When it was sent. */
  at: z.iso.datetime(),
};

const AGGREGATE_KINDS = ['unpark', 'missed.publish', 'forget', 'pin.migrate'] as const;
const onAggregate = z.strictObject({ ...head, kind: z.enum(AGGREGATE_KINDS), arguments: aggregateArguments });
const dismissing = z.strictObject({
  ...head,
  kind: z.literal('missed.dismiss'),
  /** `keepRows`: rules see the vanished rows again, until the next snapshot finds the same. */
  arguments: aggregateArguments.extend({ keepRows: z.boolean().default(false) }),
});
const WAITING_MAX = 1_000_000_000;
/** Refused when another change set is the first by then: nobody has looked at that one. */
const discarding = z.strictObject({
  ...head,
  kind: z.literal('parked.discard'),
  /** `first`: {@link originText} of the first change set that waits. `changeSets`: how many are given up, from there on. */
  arguments: aggregateArguments.extend({
    first: key,
    changeSets: z.number().int().min(1).max(WAITING_MAX).default(1),
  }),
});
const TRANSACTION_KINDS = ['transaction.release', 'transaction.quarantine'] as const;
const onTransaction = z.strictObject({
  ...head,
  kind: z.enum(TRANSACTION_KINDS),
  arguments: transactionArguments,
});

/** Tables that one command may name. */
export const COMMAND_TABLES_MAX = 100;
const onTables = z.strictObject({
  ...head,
  kind: z.literal('tables.known'),
  /** By the names of their definitions. */
  arguments: z.strictObject({
    source: text(NAME_CHARS_MAX),
    tables: z.array(text(NAME_CHARS_MAX)).min(1).max(COMMAND_TABLES_MAX),
  }),
});

const onRules = z.strictObject({
  ...head,
  kind: z.literal('pin.migrateAll'),
  /** All aggregates of this type that keep the rules with this digest. */
  arguments: z.strictObject({ aggregate: text(NAME_CHARS_MAX), rules: text(NAME_CHARS_MAX) }),
});

/** Contracts that one command may move. */
export const COMMAND_CONTRACTS_MAX = 50;
const CONTEXT_NAMES_MAX = 20;
/** As it is: the values of a context may have blanks. */
const contextSchema = z
  .record(text(NAME_CHARS_MAX), key)
  .refine((context) => Object.keys(context).length <= CONTEXT_NAMES_MAX, `more than ${CONTEXT_NAMES_MAX} names`)
  .refine(isSelectable, 'no names and values of a context');
const selectorSchema = z
  .strictObject({ context: contextSchema, share: z.tuple([z.number(), z.number()]).optional() })
  .transform(({ context, share }) => selectorOf(context, share));
const epoch = z.number().int().min(0);
const moving = z.strictObject({
  ...head,
  kind: z.literal('route.move'),
  /** `epoch`: of the routes as whoever sends it saw them. `at`: see `Handover.at`; absent: {@link MOVE_AFTER_MS} after it was sent. */
  arguments: z.strictObject({
    contracts: z.array(text(NAME_CHARS_MAX)).min(1).max(COMMAND_CONTRACTS_MAX),
    selector: selectorSchema,
    to: z.enum(STAGES),
    epoch,
    at: z.iso.datetime().optional(),
    /** Why it is done although something speaks against it. */
    override: text(REASON_CHARS_MAX).optional(),
  }),
});
const takingOver = z.strictObject({
  ...head,
  kind: z.literal('route.take-over'),
  /** `epoch`: of the route when it is handed over. `publishOwed`: with what its service never told. */
  arguments: z.strictObject({
    contract: text(NAME_CHARS_MAX),
    selector: selectorSchema,
    epoch,
    publishOwed: z.boolean().default(false),
  }),
});

/** Which findings of parity. `signature`: of those that are `different`, those at these places (`pipeline/parity/signature.ts`); absent: all. */
const findings = {
  capability: text(NAME_CHARS_MAX),
  contract: text(NAME_CHARS_MAX),
  class: z.enum(BAD_CLASSES),
  signature: key.min(1).optional(),
};
const accepting = z.strictObject({
  ...head,
  kind: z.literal('parity.accept'),
  /** `until`: from then on they count again. */
  arguments: z.strictObject({ ...findings, until: z.iso.datetime() }),
});
const revoking = z.strictObject({ ...head, kind: z.literal('parity.revoke'), arguments: z.strictObject(findings) });

/** What a run of a check found (docs/reconciliation.md). */
const reporting = z.strictObject({ ...head, kind: z.literal('check.report'), arguments: reportSchema });
const acceptingDiscrepancy = z.strictObject({
  ...head,
  kind: z.literal('discrepancy.accept'),
  arguments: acceptSchema,
});
const revokingDiscrepancy = z.strictObject({ ...head, kind: z.literal('discrepancy.revoke'), arguments: revokeSchema });
const republishing = z.strictObject({ ...head, kind: z.literal('repair.republish'), arguments: republishArguments });
const correcting = z.strictObject({ ...head, kind: z.literal('repair.correct'), arguments: correctArguments });

/** A move takes effect so long after it was sent, where it does not say when: every shard has read it by then. */
export const MOVE_AFTER_MS = 2_000;

const schema = z.discriminatedUnion('kind', [
  onAggregate,
  dismissing,
  discarding,
  onTransaction,
  onTables,
  onRules,
  moving,
  takingOver,
  accepting,
  revoking,
  reporting,
  acceptingDiscrepancy,
  revokingDiscrepancy,
  republishing,
  correcting,
]);

/** On one aggregate: decided on its state alone, like a change set. */
export type AggregateCommand = z.output<typeof onAggregate> | z.output<typeof dismissing> | DiscardCommand;
/** Gives up change sets that wait behind a parked aggregate (decision 0004). */
export type DiscardCommand = z.output<typeof discarding>;
/** On a source transaction that is held because it is incomplete or too large. */
export type TransactionCommand = z.output<typeof onTransaction>;
/** A snapshot of these tables ended, as an operator knows (decision 0009). */
export type TablesCommand = z.output<typeof onTables>;
/** Aggregates that keep some rules are decided by those of now from here on (docs/pinning.md). */
export type RulesCommand = z.output<typeof onRules>;
/** Moves a route, at its instant (docs/routes.md). */
export type MoveCommand = z.output<typeof moving>;
/** A route that was asked of its service is taken without it. */
export type TakeOverCommand = z.output<typeof takingOver>;
export type RouteCommand = MoveCommand | TakeOverCommand;
/** Findings of parity do not count for a while; or they count again (docs/parity.md). */
export type AcceptCommand = z.output<typeof accepting>;
export type RevokeCommand = z.output<typeof revoking>;
export type ParityCommand = AcceptCommand | RevokeCommand;
/** What checks find of discrepancies, and what operators decide over them; each shard carries out its part. */
export type ReportCommand = z.output<typeof reporting>;
export type AcceptDiscrepancyCommand = z.output<typeof acceptingDiscrepancy>;
export type RevokeDiscrepancyCommand = z.output<typeof revokingDiscrepancy>;
export type DiscrepancyCommand = ReportCommand | AcceptDiscrepancyCommand | RevokeDiscrepancyCommand;
/** What was published is published once more (docs/repairing.md). */
export type RepublishCommand = z.output<typeof republishing>;
/** What was published is corrected by an event that names it. */
export type CorrectCommand = z.output<typeof correcting>;
export type RepairCommand = RepublishCommand | CorrectCommand;
export type Command =
  | AggregateCommand
  | TransactionCommand
  | TablesCommand
  | RulesCommand
  | RouteCommand
  | ParityCommand
  | DiscrepancyCommand
  | RepairCommand;
export type CommandKind = Command['kind'];

export const COMMAND_KINDS: readonly CommandKind[] = [
  ...AGGREGATE_KINDS,
  'missed.dismiss',
  'parked.discard',
  ...TRANSACTION_KINDS,
  'tables.known',
  'pin.migrateAll',
  'route.move',
  'route.take-over',
  'parity.accept',
  'parity.revoke',
  'check.report',
  'discrepancy.accept',
  'discrepancy.revoke',
  'repair.republish',
  'repair.correct',
];

/**
 * - `applied`: it had its effect. `refused`: there was nothing to do, or it cannot be done; the text says which.
 * - `repeated`: the same command again; it had its effect the first time.
 * - `unknownKind`, `malformed`: the record is no command that this version knows.
 */
export const COMMAND_RESULTS = ['applied', 'refused', 'repeated', 'unknownKind', 'malformed'] as const;
export type CommandResult = (typeof COMMAND_RESULTS)[number];

/** What became of a command; told to those who watch, never row data. */
export interface CommandOutcome {
  /** Empty when the record does not say. */
  readonly id: string;
  readonly kind: CommandKind | 'unknown';
  /** What it was about: `order 4711`, or place of a record that is none. */
  readonly subject: string;
  readonly by: string;
  readonly reason: string;
  readonly result: CommandResult;
  /** For people: what was done, or why not. */
  readonly text: string;
}

export type ReadCommand =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'unknownKind' | 'malformed'; readonly text: string };

/** Never throws. Unknown fields are malformed, so that a newer command is not half understood. */
export function readCommand(record: string): ReadCommand {
  if (record.length > REPORT_CHARS_MAX) return tooLong(record, REPORT_CHARS_MAX);
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    return malformed('It is no JSON.');
  }
  if (record.length > COMMAND_CHARS_MAX && !isReport(value)) return tooLong(record, COMMAND_CHARS_MAX);
  const { success, data: command, error } = schema.safeParse(value);
  if (success) return { kind: 'command', command };
  const [issue] = error.issues;
  if (issue?.path.length === 1 && issue.path[0] === 'kind') {
    return { kind: 'unknownKind', text: `Its kind is none of ${COMMAND_KINDS.join(', ')}.` };
  }
  return malformed(`${issue?.path.join('.') || 'It'}: ${issue?.message ?? 'not a command'}.`);
}

const isReport = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'check.report';

const tooLong = ({ length }: string, charsMax: number): ReadCommand =>
  malformed(`It has ${length} characters; at most ${charsMax} are read.`);

const malformed = (why: string): ReadCommand => ({ kind: 'malformed', text: why });

export const isOnTransaction = (command: Command): command is TransactionCommand =>
  (TRANSACTION_KINDS as readonly string[]).includes(command.kind);

export const isOnTables = (command: Command): command is TablesCommand => command.kind === 'tables.known';

export const isOnRules = (command: Command): command is RulesCommand => command.kind === 'pin.migrateAll';

export const isOnRoutes = (command: Command): command is RouteCommand =>
  command.kind === 'route.move' || command.kind === 'route.take-over';

export const isOnParity = (command: Command): command is ParityCommand =>
  command.kind === 'parity.accept' || command.kind === 'parity.revoke';

export const isOnDiscrepancies = (command: Command): command is DiscrepancyCommand =>
  command.kind === 'check.report' || command.kind === 'discrepancy.accept' || command.kind === 'discrepancy.revoke';

export const isRepair = (command: Command): command is RepairCommand =>
  command.kind === 'repair.republish' || command.kind === 'repair.correct';

export const isOnAggregate = (command: Command): command is AggregateCommand =>
  !isOnTransaction(command) &&
  !isOnTables(command) &&
  !isOnRules(command) &&
  !isOnRoutes(command) &&
  !isOnParity(command) &&
  !isOnDiscrepancies(command) &&
  !isRepair(command);

/** `order 4711`, `transaction 712:2381 of legacy`, `tables oms.whs_rel of legacy`, `order by the rules 0a1b...`, `OrderReady.v1 market=DE to service`, `OrderReady.v1 different at lines[].quantity`, `3 events of 2 aggregates to orders.billing`. */
export function subjectOf(command: Command): string {
  if (isOnTables(command)) return `tables ${command.arguments.tables.join(', ')} of ${command.arguments.source}`;
  if (isOnRules(command)) return `${command.arguments.aggregate} by the rules ${command.arguments.rules}`;
  if (isOnRoutes(command)) return routeSubject(command);
  if (isOnParity(command)) return paritySubject(command);
  if (isOnDiscrepancies(command)) return discrepancySubject(command);
  if (isRepair(command)) return repairSubject(command);
  return isOnTransaction(command)
    ? `transaction ${command.arguments.transaction} of ${command.arguments.source}`
    : `${command.arguments.aggregate} ${command.arguments.id}`;
}

function routeSubject(command: RouteCommand): string {
  if (command.kind === 'route.take-over') return `${routeText(command.arguments)}, taken over`;
  const { contracts, selector, to } = command.arguments;
  return `${routeText({ contract: contracts.join(', '), selector })} to ${to}`;
}

function paritySubject({ arguments: { contract, class: of, signature } }: ParityCommand): string {
  return `${contract} ${of}${signature === undefined ? '' : ` at ${signature}`}`;
}

/** `source, run 0a1b..., report 3`, `3 discrepancies`, `published missing of OrderReady.v1`. */
function discrepancySubject(command: DiscrepancyCommand): string {
  if (command.kind === 'check.report') {
    const { check, run, n } = command.arguments;
    return `${check}, run ${run}, report ${n}`;
  }
  const which = command.arguments;
  if ('ids' in which)
    return which.ids.length === 1 ? `discrepancy ${which.ids[0]}` : `${which.ids.length} discrepancies`;
  return `${which.check} ${which.class}${which.contract === undefined ? '' : ` of ${which.contract}`}`;
}

function repairSubject(command: RepairCommand): string {
  const words = repairWords(command.arguments.targets);
  if (command.kind === 'repair.correct') return words;
  return `${words} to ${command.arguments.to ?? 'their topics'}`;
}

export const outcomeOf = (command: Command, result: CommandResult, words: string): CommandOutcome => ({
  id: command.id,
  kind: command.kind,
  subject: subjectOf(command),
  by: command.by,
  reason: command.reason,
  result,
  text: words,
});
