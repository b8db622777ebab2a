/**
 * From a source transaction to what became of it: which aggregates it touched, what was decided of each, which events that made. The journal is looked through
 * from its end, because it is kept by aggregate; what is still held or not read yet is said.
 */
import { z } from 'zod';
import { type Origin } from '../domain/change-set.js';
import { aggregateText } from '../domain/state/aggregate-state.js';
import type { JournalEntry, Verdict } from '../domain/state/journal-entry.js';
import { DragomanError } from '../errors.js';
import type { OwnRecord } from '../pipeline/ports.js';
import { isOfNow, journalEntry } from '../pipeline/state/journal-entries.js';
import { calledOf } from '../rules/named.js';
import { causationOf } from '../translate/publish/event.js';
import { originSchema, rowSchema, saidSchema } from './answer.js';
import type { HeldTransaction, Outside, SearchUntil } from './outside.js';
import { originShown, Shown, timeText } from './shown.js';
import type { WhyRules } from './why.js';

const count = z.int().min(0);
/** Decisions that are shown; of the others there is the count. */
export const DECISIONS_MAX = 100;
const FACTS_SHOWN_MAX = 20;

const traceFactSchema = z.strictObject({
  fact: z.string(),
  occurrence: z.string(),
  verdict: z.string(),
  /** Conditions that did not hold, and those that were not known to. */
  unmet: z.array(z.string()),
  unknown: z.array(z.string()),
  /** Of one that was withheld. */
  reason: z.string().nullable(),
});

export const traceSchema = z.strictObject({
  schema: z.literal('dragoman/trace@1'),
  pipeline: z.string(),
  transaction: z.string(),
  decisions: z.array(
    z.strictObject({
      aggregate: z.string(),
      id: z.string(),
      origin: originSchema,
      outcome: z.string(),
      entry: z.strictObject({ partition: count, offset: count }),
      digest: z.string(),
      rows: z.array(rowSchema),
      moreRows: count,
      events: z.array(z.strictObject({ id: z.string(), type: z.string(), topic: z.string() })),
      facts: z.array(traceFactSchema),
      refusal: z.strictObject({ code: z.string(), text: z.string() }).nullable(),
      intervention: z.string().nullable(),
      /** Absent: the rules declare no origin. */
      said: saidSchema.exactOptional(),
    }),
  ),
  moreDecisions: count,
  searched: z.strictObject({ records: count, since: z.string().nullable(), isAll: z.boolean() }),
  /** It is held, and why; null: it is not, or nobody knows. */
  held: z.strictObject({ source: z.string(), code: z.string(), text: z.string() }).nullable(),
  /** Records that are not done yet; null: nobody knows. */
  behind: count.nullable(),
});

export type Trace = z.output<typeof traceSchema>;

export interface TraceQuestion extends SearchUntil {
  /** Its id, its id behind the source (`legacy:1690`), or a `causationId`. */
  readonly transaction: string;
  readonly values?: boolean;
}

/** @throws DragomanError COMMAND_REFUSED where there is no journal; what the outside throws */
export async function trace(
  { transaction, untilMs, values }: TraceQuestion,
  outside: Outside,
  { rules }: WhyRules,
): Promise<Trace> {
  const { journal } = outside;
  if (journal === null)
    throw new DragomanError(
      'COMMAND_REFUSED',
      'An exported state has no journal: what became of a transaction is not in it.',
    );
  const ids = idsIn(transaction);
  const texts = ids.map((id) => `"transactionId":${JSON.stringify(id)}`);
  const [found, heldNow, now] = await Promise.all([
    journal.search(texts, untilMs === undefined ? {} : { untilMs }),
    outside.held(),
    outside.now(null),
  ]);
  const own = found.entries.filter((record) => isOfNow(record) && isOf(entryIn(record), transaction));
  const inOrder = own.toSorted(
    (a, b) => a.timestampMs - b.timestampMs || a.partition - b.partition || a.offset - b.offset,
  );
  const shown = new Shown(rules, values === true);
  const part = inOrder.slice(0, DECISIONS_MAX);
  const entries = await openedIn(part, outside);
  const decisions = part.map((record, i) => {
    const entry = entries[i] ?? entryIn(record);
    return { ...decisionShown(entry, shown), aggregate: calledOf(rules, entry.aggregate), entry: placeOf(record) };
  });
  const held = 'held' in heldNow ? heldNow.held.find((each) => isHeld(each, ids)) : undefined;
  return {
    ...{ schema: 'dragoman/trace@1', pipeline: outside.pipeline, transaction, decisions },
    moreDecisions: inOrder.length - decisions.length + found.more,
    searched: {
      ...{ records: found.records, isAll: found.isAll },
      since: found.sinceMs === null ? null : timeText(found.sinceMs),
    },
    held: held === undefined ? null : { source: held.source, code: held.code, text: held.text },
    behind: now?.recordsBehind ?? null,
  };
}

/** What a transaction may be called in what was asked: GTIDs have colons in them, and so have causation ids. */
function idsIn(transaction: string): string[] {
  const ids = [transaction];
  const first = transaction.indexOf(':');
  if (first === -1) return ids;
  const rest = transaction.slice(first + 1);
  const last = rest.lastIndexOf(':');
  return [...new Set([...ids, rest, ...(last === -1 ? [] : [rest.slice(0, last)])])];
}

const isOf = ({ origin }: Pick<JournalEntry, 'origin'>, asked: string): boolean => namesOf(origin).includes(asked);

const namesOf = (origin: Origin): string[] => {
  const { source, transactionId } = origin;
  return transactionId === null ? [] : [transactionId, `${source}:${transactionId}`, causationOf(origin)];
};

const isHeld = ({ transaction }: HeldTransaction, ids: readonly string[]): boolean => ids.includes(transaction);

const entryIn = ({ value }: OwnRecord): JournalEntry => journalEntry(value ?? '');
const placeOf = ({ partition, offset }: OwnRecord) => ({ partition, offset });

/** Opened by the keys of their aggregates. */
async function openedIn(records: readonly OwnRecord[], outside: Outside): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (const record of records) {
    const entry = entryIn(record);
    if (entry.isSealed !== true) entries.push(entry);
    else {
      const [state] = await outside.states(entry.id, [aggregateText(entry)]);
      entries.push(journalEntry(record.value ?? '', () => state?.sealKey));
    }
  }
  return entries;
}

function decisionShown(entry: JournalEntry, shown: Shown) {
  const { id, origin, outcome, digest, rows, events = [], verdicts, refusal, intervention } = entry;
  return {
    ...{ id, origin: originShown(origin), outcome, digest, refusal, intervention: intervention ?? null },
    ...shown.rows(rows),
    ...shown.said(entry),
    events: events.map(({ topic, value }) => ({
      ...{ id: String(value['eventId']), type: String(value['eventType']), topic },
    })),
    facts: verdicts.slice(0, FACTS_SHOWN_MAX).map(factShown),
  };
}

const factShown = (verdict: Verdict): z.output<typeof traceFactSchema> => ({
  ...{ fact: verdict.fact, occurrence: verdict.occurrence, verdict: verdict.verdict },
  unmet: verdict.verdict === 'unmet' ? [...verdict.unmet] : [],
  unknown: verdict.verdict === 'unmet' ? [...verdict.unknown] : [],
  reason: verdict.verdict === 'withheld' ? verdict.reason : null,
});
