/**
 * Facts to integration events: each publication maps its fact, the fields are validated against the contract, and the event
 * is numbered among those of its aggregate under its contract and major version (G2). One fact that cannot be published refuses the whole change set. Pure.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import { instantMs } from '../../rules/values/instant.js';
import { batchBytes, bytesText, isWithin } from '../../domain/record-size.js';
import { shortened } from '../../domain/words/shortened.js';
import type { Said } from '../../domain/source/said.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { Verdict } from '../../domain/state/journal-entry.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import type { ContractDefinition } from '../../rules/contract.js';
import { type AggregateView, type Context, type Fact, type JsonObject, TableNotKnown } from '../../rules/fact.js';
import { originShownTo } from '../../rules/origins/origin.js';
import { Withheld, type Publication } from '../../rules/publication.js';
import { Comparing } from '../parity/comparing.js';
import { seenMsOf } from './owners.js';
import { isOnTrial } from './routing.js';
import { inShadow, shadowCount, Speaker } from './speaker.js';
import { askRule, Refused } from '../ask.js';
import { fieldsIn } from './contract-fields.js';
import type { Happened, Reached } from '../decide.js';
import { eventText, makeEvent } from './event.js';
import type { Rows } from '../fold.js';
import type { Looking } from '../looking.js';
import { numberTold } from './told-number.js';
import { copyOf, own, without } from '../own.js';
import { NotPlain } from '../plain.js';
import type { TranslateSettings } from '../settings.js';
import { viewOf } from '../view.js';

export interface Published {
  readonly events: readonly IntegrationEvent[];
  /** One for each publication that withheld its fact. */
  readonly withheld: readonly Verdict[];
  readonly fired: AggregateState['fired'];
  readonly sequences: AggregateState['sequences'];
  /** What became of whose it is; absent: nothing. */
  readonly kept?: Pick<AggregateState, 'owners' | 'owed'>;
  /** Absent: nothing of it may be one. */
  readonly echoes?: Speaker['echoes'];
  /** Absent: nothing happened, or it is not known. */
  readonly context?: Context;
  /** What is compared with events of the service. Absent: nothing. */
  readonly compared?: Comparing;
}

export interface PublishInput {
  readonly changeSet: ChangeSet;
  readonly aggregate: CompiledAggregate;
  /** Tables of which not everything is known. */
  readonly unknown: readonly string[];
  readonly before: AggregateState;
  readonly after: Rows;
  /** Of `after`. */
  readonly view: AggregateView;
  readonly happened: readonly Happened[];
  readonly reached: readonly Reached[];
  /** Of where the change comes from; absent: nothing. */
  readonly said?: Said | undefined;
  /** Of the legacy system; absent: none. */
  readonly traces?: readonly string[] | undefined;
  readonly lookups: Looking;
  /** Where the aggregate belonged when it happened; absent: as its rows say. */
  readonly context?: Context;
  readonly settings: TranslateSettings;
}

export const TOOLS = Object.freeze({ withhold: (reason: string) => new Withheld(reason) });

/** @throws Refused RULE_THREW, CONTRACT_VIOLATED, EVENT_TOO_LARGE, OWED_TOO_MANY */
export function publishAll(input: PublishInput): Published {
  const { before, happened, changeSet, said, traces, settings } = input;
  let { sequences } = before;
  let fired = input.reached.reduce(withReached, before.fired);
  if (happened.length === 0) return { events: [], withheld: [], fired, sequences };
  const committedAt = new Date(changeSet.origin.commitTimeMs).toISOString();
  const context = input.context ?? contextOf(input);
  if (typeof context === 'string') return notPublished(input, context);
  const origin = originShownTo(said);
  const { routing } = settings;
  const written = { kind: changeSet.kind, said, seenMs: seenMsOf(changeSet) };
  const speaker = routing === undefined ? null : new Speaker(routing, { id: changeSet.id, context }, before, written);
  const compared =
    speaker === null || !COMPARED.has(changeSet.kind) ? null : new Comparing(before, changeSet.origin.commitTimeMs);
  const events: IntegrationEvent[] = [];
  const withheld: Verdict[] = [];
  for (const { fact, occurrence, data } of happened) {
    const { name } = fact.definition;
    const shown = Object.freeze({
      name,
      id: changeSet.id,
      occurrence,
      committedAt,
      context,
      origin,
      data,
    });
    let first = 0;
    for (const publication of fact.publications) {
      const fields = mapFields(publication, shown);
      const text = contractText(publication.contract.name, publication.contract.majorVersion);
      if (fields instanceof Withheld) {
        const contract = publication.contract.name;
        withheld.push({ fact: name, verdict: 'withheld', occurrence, contract, reason: fields.reason });
        const routed = routing?.of(text);
        if (routed?.parity != null && isOnTrial(text, routed, { id: changeSet.id, context }, before))
          compared?.add({ contract: text, occurrence, sequence: 0, value: null }, context, routed.parity);
        continue;
      }
      const promised = publication.contract.name;
      const tale = { contract: text, fact: name, occurrence };
      const told = numberTold(before, text, occurrence);
      if (told !== undefined) {
        speaker?.mirrors(tale);
        withheld.push({ fact: name, verdict: 'withheld', occurrence, contract: promised, reason: toldReason(told) });
        first ||= told;
        continue;
      }
      const spoken = speaker?.of(text) ?? null;
      const isShadow = spoken?.stage === 'shadow';
      if (spoken !== null && spoken.stage !== 'legacy')
        withheld.push({ fact: name, verdict: 'withheld', occurrence, contract: promised, reason: spoken.reason });
      if (spoken?.stage === 'service') {
        speaker?.owes(tale, spoken, {
          fact: fact.name,
          decidedAt: committedAt,
          values: data,
          context,
          origin: changeSet.origin,
        });
        continue;
      }
      const contract = isShadow ? inShadow(publication.contract) : publication.contract;
      const counted = isShadow ? shadowCount(text) : text;
      const sequence = (own(sequences, counted) ?? 0) + 1;
      sequences = { ...sequences, [counted]: sequence };
      if (!isShadow) first ||= sequence;
      const occurredAt = occurredAtOf(contract, fields, committedAt);
      const made = makeEvent({
        ...{ changeSet, settings, contract, occurrence, occurredAt, sequence, context, fields },
        ...{ said, traces, producer: spoken === null ? undefined : speaker?.producer },
      });
      const event = isShadow ? { ...made, isShadow } : made;
      checkSize(event, changeSet, settings);
      events.push(event);
      const { parity = null } = spoken ?? {};
      const { value } = event;
      if (parity !== null) compared?.add({ contract: text, occurrence, sequence, value }, value, parity);
    }
    fired = withFired(fired, { fact: fact.name, occurrence }, first);
  }
  const ownership = speaker === null ? {} : { kept: speaker.kept, echoes: speaker.echoes };
  return { events, withheld, fired, sequences, context, ...ownership, ...(compared === null ? {} : { compared }) };
}

/** What brings events that are compared with those of the service. */
const COMPARED: ReadonlySet<ChangeSet['kind']> = new Set(['transaction', 'timer']);

const toldReason = (number: number): string => `The new service published it, as number ${number}.`;

/** A record that its topic does not take would stop everything that is published with it. */
function checkSize(event: IntegrationEvent, { aggregate, id }: ChangeSet, { recordBytesMax }: TranslateSettings): void {
  const { type, version, topic, key, headers } = event;
  const record = { key, value: eventText(event), headers };
  const bytesMax = recordBytesMax(topic);
  if (isWithin(record, bytesMax)) return;
  throw new Refused(
    'EVENT_TOO_LARGE',
    `${type} v${version} of ${aggregate} ${shortened(id)} is ${bytesText(batchBytes(record))} bytes as a record, and topic ${topic} takes ` +
      `${bytesText(bytesMax)} (max.message.bytes). Publish less of it, or raise the limit of the topic, and of those who read it; ` +
      'then parked retry.',
  );
}

type Fired = AggregateState['fired'];

function withFired(fired: Fired, { fact, occurrence }: Reached, sequence: number): Fired {
  const occurrences = copyOf(own(fired, fact));
  occurrences[occurrence] = sequence;
  return { ...fired, [fact]: occurrences };
}

/** Remembers that it happened, without an event. */
export const withReached = (fired: Fired, reached: Reached): Fired => withFired(fired, reached, 0);

/** The reverse, for what turned out not to have happened. */
export const withoutReached = (fired: Fired, { fact, occurrence }: Reached): Fired => ({
  ...fired,
  [fact]: without(own(fired, fact) ?? {}, occurrence),
});

/** D4: they happened, and nobody can say where they belong. */
function notPublished({ before, happened, reached }: PublishInput, reason: string): Published {
  const fired = [...reached, ...happened.map(({ fact, occurrence }) => ({ fact: fact.name, occurrence }))];
  const withheld = happened.flatMap(({ fact: { definition, publications }, occurrence }) =>
    publications.map(({ contract }) => ({
      ...{ fact: definition.name, verdict: 'withheld' as const, occurrence, contract: contract.name, reason },
    })),
  );
  return { events: [], withheld, fired: fired.reduce(withReached, before.fired), sequences: before.sequences };
}

/** Of an aggregate whose last row went, the context that it had. @returns why it is not known, where it reads a table that is not. */
export function contextOf({
  aggregate,
  unknown,
  before,
  after,
  view,
  lookups,
}: Pick<PublishInput, 'aggregate' | 'unknown' | 'before' | 'after' | 'view' | 'lookups'>): Context | string {
  const { called, context: names } = aggregate;
  if (names.length === 0) return NO_CONTEXT;
  const hasRows = Object.keys(after).length > 0;
  const shown = hasRows ? view : viewOf(before.rows, { aggregate, unknown }, lookups.after);
  try {
    return contextIn(shown, { called, context: names });
  } catch (error) {
    if (error instanceof TableNotKnown) return `Its context is not known: ${error.message}.`;
    throw error;
  }
}

/** @throws Refused RULE_THREW. @throws TableNotKnown */
export function contextIn(
  view: AggregateView,
  { called, context: names }: Pick<CompiledAggregate, 'called' | 'context'>,
): Context {
  const context: Record<string, string | null> = {};
  for (const { name, of } of names)
    context[name] = askRule(`${name} in the context of ${called}`, () => of(view), textOrNull);
  return Object.freeze(context);
}

const NO_CONTEXT: Context = Object.freeze({});

function textOrNull(answer: unknown): string | null {
  if (answer === null || typeof answer === 'string') return answer;
  throw new NotPlain(`${answer === undefined ? 'nothing' : `a ${typeof answer}`}, not a text or null`);
}

/** Of a reason in the journal. */
const REASON_CHARS_MAX = 1_000;

/** @throws Refused RULE_THREW, CONTRACT_VIOLATED */
export function mapFields({ contract, map }: Publication, fact: Fact<JsonObject>): JsonObject | Withheld {
  const label = `${contract.name} v${contract.majorVersion}`;
  return askRule(
    `publication of ${fact.name} as ${label}`,
    () => map(fact, TOOLS),
    (mapped) => (mapped instanceof Withheld ? withReason(mapped) : fieldsIn(mapped, contract, fact.name)),
  );
}

export function withReason({ reason }: { readonly reason: unknown }): Withheld {
  if (typeof reason === 'string' && reason !== '') return new Withheld(reason.slice(0, REASON_CHARS_MAX));
  throw new NotPlain('withhold without a reason in words');
}

const UTC = /T\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** @throws Refused RULE_THREW, CONTRACT_VIOLATED */
export function occurredAtOf(
  { name, occurredAt }: ContractDefinition,
  fields: JsonObject,
  committedAt: string,
): string {
  if (occurredAt === null) return committedAt;
  return askRule(
    `occurredAt of ${name}`,
    () => occurredAt(fields),
    (instant) => {
      if (typeof instant === 'string' && UTC.test(instant) && instantMs(instant) !== null) return instant;
      throw new Refused('CONTRACT_VIOLATED', `occurredAt of ${name} is not an ISO-8601 instant in UTC.`);
    },
  );
}
