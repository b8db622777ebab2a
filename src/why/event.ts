/**
 * From an event back to what made it: the decision, the rows and their transaction, the rules. Its id alone does not tell where it is: with the key of its record
 * it is found by the history of that aggregate; without, contract topics are looked through from their ends.
 */
import { z } from 'zod';
import { aggregateText } from '../domain/state/aggregate-state.js';
import type { PublishedEvent } from '../domain/state/journal-entry.js';
import { eventId } from '../domain/event-id.js';
import { DragomanError } from '../errors.js';
import type { CompiledAggregate, CompiledFact } from '../rules/compile.js';
import { originSchema, repairSchema, rowSchema, saidSchema } from './answer.js';
import { historyOf, type Told } from './history/chain.js';
import { repairShown } from './history/repairs.js';
import type { EventPlace, FoundEvent, Outside, SearchUntil } from './outside.js';
import { originShown, placeShown, Shown } from './shown.js';
import type { WhyRules } from './why.js';

const count = z.int().min(0);
export const eventAnswerSchema = z.strictObject({
  schema: z.literal('dragoman/event@1'),
  pipeline: z.string(),
  id: z.string(),
  /** CloudEvents type: with prefix and major version. */
  type: z.string(),
  topic: z.string(),
  /** Null: not found where it has to be. */
  partition: count.nullable(),
  offset: count.nullable(),
  sequence: count.nullable(),
  /** Its value as it was published; null: columns of its aggregate are personal or secret, and values were not asked for. */
  value: z.record(z.string(), z.json()).nullable(),
  aggregate: z.string().nullable(),
  key: z.string(),
  /** Null: no fact of the rules that stand here makes it. */
  fact: z.string().nullable(),
  occurrence: z.string().nullable(),
  /** The source transaction, as its `causationId` names it. */
  cause: z.string(),
  /** Of the rules that decided. */
  digest: z.string(),
  /** How often it was published once more, or corrected, the last first; as far as the journal has that. */
  repairs: z.array(repairSchema.extend({ origin: originSchema })),
  /** Null: the journal does not have the decision any more. */
  decision: z
    .strictObject({
      origin: originSchema,
      entry: z.strictObject({ partition: count, offset: count }),
      rows: z.array(rowSchema),
      moreRows: count,
      /** Absent: the rules declare no origin. */
      said: saidSchema.exactOptional(),
    })
    .nullable(),
});

export type EventAnswer = z.output<typeof eventAnswerSchema>;

export interface EventQuestion extends SearchUntil {
  readonly id: string;
  /** Of its record; absent: it is looked for. */
  readonly key?: string;
  readonly values?: boolean;
}

/** As every event has it. */
const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const isEventId = (text: string): boolean => EVENT_ID.test(text);

/**
 * @throws DragomanError COMMAND_INVALID when it is no id of an event; COMMAND_REFUSED when there is none with it, as far as was looked; what the outside throws
 */
export async function showEvent(question: EventQuestion, outside: Outside, rules: WhyRules): Promise<EventAnswer> {
  const { id, key } = question;
  if (!isEventId(id))
    throw new DragomanError(
      'COMMAND_INVALID',
      `"${id}" is no id of an event: it is a UUID of version 5 in small letters, as in ce_id and eventId.`,
    );
  const found = key === undefined ? await foundIn(id, question, outside) : null;
  const made = await decisionOf({ id, key: key ?? found?.key ?? '' }, outside, rules);
  if (made === null && found === null)
    throw new DragomanError(
      'COMMAND_REFUSED',
      `No decision about ${key ?? ''} that the journal still has published an event ${id}. Leave --key out to look for it in the contract topics.`,
    );
  // What was found may be a repeat of it.
  const place = made === null ? found : ((await placeOf(made, outside)) ?? found);
  return shownEvent(id, { found, made, place }, outside, new Shown(rules.rules, question.values === true));
}

async function foundIn(id: string, { untilMs }: SearchUntil, outside: Outside): Promise<FoundEvent> {
  const found = await outside.findEvent(id, untilMs === undefined ? {} : { untilMs });
  if ('offset' in found) return found;
  const { records, sinceMs, isAll } = found;
  const since = sinceMs === null ? '' : `, those since ${new Date(sinceMs).toISOString()}`;
  const rest = isAll
    ? 'These are all that there are.'
    : 'Older ones are there: look before a time with --until, or say the key of its record with --key.';
  throw new DragomanError(
    'COMMAND_REFUSED',
    `No event ${id} is among the newest ${records} records of the contract topics${since}. ${rest}`,
  );
}

interface Made {
  readonly told: Told;
  readonly event: PublishedEvent;
  readonly aggregate: CompiledAggregate;
  readonly repairs: EventAnswer['repairs'];
}

/** By the history of each aggregate with this key that publishes anything. */
async function decisionOf(
  { id, key }: { readonly id: string; readonly key: string },
  outside: Outside,
  { rules }: WhyRules,
): Promise<Made | null> {
  for (const aggregate of rules.aggregates.values()) {
    if (!aggregate.facts.some(({ publications }) => publications.length > 0)) continue;
    const ref = { aggregate: aggregate.name, id: key };
    const [state = null] = await outside.states(key, [aggregateText(ref)]);
    if (state === null) continue;
    const { entries } = await historyOf(ref, state, outside.journal);
    for (const told of entries) {
      const event = told.entry.events?.find(({ value }) => value['eventId'] === id);
      if (event !== undefined) return { told, event, aggregate, repairs: repairsOf(id, entries) };
    }
  }
  return null;
}

const repairsOf = (id: string, entries: readonly Told[]): EventAnswer['repairs'] =>
  entries.flatMap(({ entry }) => {
    const repair = repairShown(entry);
    return repair?.events.includes(id) === true ? [{ ...repair, origin: originShown(entry.origin) }] : [];
  });

async function placeOf({ told, event }: Made, outside: Outside): Promise<EventPlace | null> {
  const { topic, key, value } = event;
  const [place = null] = await outside.places([{ id: String(value['eventId']), topic, key, nearMs: told.writtenMs }]);
  return place;
}

interface Evidence {
  readonly found: FoundEvent | null;
  readonly made: Made | null;
  readonly place: EventPlace | null;
}

function shownEvent(id: string, { found, made, place }: Evidence, { pipeline }: Outside, shown: Shown): EventAnswer {
  const event = made?.event ?? found;
  const { topic = '', key = '', value = {}, headers = {} } = event ?? {};
  const fact = made && factOf(id, key, made.aggregate);
  // Of an aggregate that is not known any more nobody can say that nothing of it is personal.
  const isShown = shown.isAll || made?.aggregate.isSealed === false;
  return {
    ...{ schema: 'dragoman/event@1', pipeline, id, type: headers['ce_type'] ?? '', topic },
    ...{ partition: place?.partition ?? null, offset: place?.offset ?? null },
    sequence: typeof value['sequence'] === 'number' ? value['sequence'] : null,
    value: isShown ? (value as EventAnswer['value']) : null,
    ...{ aggregate: made?.aggregate.called ?? null, key },
    ...{ fact: fact?.fact ?? null, occurrence: fact?.occurrence ?? null },
    ...{ cause: headers['ce_causationid'] ?? '', digest: headers['ce_rulesdigest'] ?? '' },
    repairs: made?.repairs ?? [],
    decision: made && {
      ...{ origin: originShown(made.told.entry.origin), entry: placeShown(made.told) },
      ...shown.rows(made.told.entry.rows),
      ...shown.said(made.told.entry),
    },
  };

  function factOf(of: string, aggregateId: string, { facts }: CompiledAggregate) {
    const verdicts = made?.told.entry.verdicts.filter(({ verdict }) => verdict === 'fired') ?? [];
    for (const { occurrence } of verdicts)
      for (const each of facts)
        if (makes(each, of, aggregateId, occurrence)) return { fact: each.definition.name, occurrence };
    return null;
  }
}

const makes = ({ publications }: CompiledFact, id: string, aggregateId: string, occurrence: string): boolean =>
  publications.some(
    ({ contract: { name: contract, majorVersion } }) =>
      eventId({ contract, majorVersion, aggregateId, occurrence }) === id,
  );
