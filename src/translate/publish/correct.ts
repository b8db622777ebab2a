/**
 * An event that was published -> the event that corrects it, under the contract that the rules say, with a number and an id of its own: those of the
 * contract, the aggregate, the event that it corrects, and how often this one is corrected. Pure.
 */
import type { AggregateRef, ChangeSet, Origin } from '../../domain/change-set.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import { PRODUCER_HEADER } from '../../domain/ownership/headers.js';
import { batchBytes, bytesText, isWithin } from '../../domain/record-size.js';
import type { RepairRefused } from '../../domain/repair/refusals.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { PublishedEvent } from '../../domain/state/journal-entry.js';
import type { CompiledAggregate, CompiledRules } from '../../rules/compile.js';
import type { CorrectionDefinition } from '../../rules/correction.js';
import type { Context } from '../../rules/fact.js';
import { Withheld } from '../../rules/publication.js';
import { askRule, Refused } from '../ask.js';
import { lookingOf, type LookupRows } from '../looking.js';
import { own } from '../own.js';
import { plainObject } from '../plain.js';
import type { TranslateSettings } from '../settings.js';
import { viewOf } from '../view.js';
import { fieldsIn } from './contract-fields.js';
import { eventText, makeEvent } from './event.js';
import { occurredAtOf, TOOLS, withReason } from './publish.js';

export interface Correcting extends AggregateRef {
  readonly state: AggregateState;
  /** Of the command. */
  readonly origin: Origin;
}

export interface CorrectingRules {
  readonly rules: Pick<CompiledRules, 'aggregates' | 'corrections'>;
  readonly lookups: LookupRows;
  readonly settings: TranslateSettings;
}

export interface CorrectedEvents {
  readonly events: readonly IntegrationEvent[];
  readonly sequences: AggregateState['sequences'];
}

/** All of one aggregate, in their order, or none. */
export function correctedBy(
  events: readonly PublishedEvent[],
  of: Correcting,
  { rules, lookups, settings }: CorrectingRules,
): CorrectedEvents | RepairRefused {
  const made: IntegrationEvent[] = [];
  let { sequences } = of.state;
  try {
    for (const event of events) {
      const { eventType, schemaVersion } = event.value;
      const text = contractText(String(eventType), Number(schemaVersion));
      const correction = rules.corrections.get(text);
      const aggregate = rules.aggregates.get(of.aggregate);
      if (correction === undefined || aggregate === undefined)
        return { code: 'REPAIR_UNCORRECTABLE', text: `The rules do not say how events of ${text} are corrected.` };
      const counted = contractText(correction.correction.name, correction.correction.majorVersion);
      const sequence = (own(sequences, counted) ?? 0) + 1;
      const corrected = eventFor(event, correction, { of, sequence, aggregate, lookups, settings });
      if (corrected instanceof Withheld) return { code: 'REPAIR_WITHHELD', text: corrected.reason };
      sequences = { ...sequences, [counted]: sequence };
      made.push(corrected);
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { code: 'REPAIR_RULES_FAILED', text: `${error.refusal.code}: ${error.refusal.text}` };
  }
  const tooLarge = made.find((event) => !isWithin(recordOf(event), settings.recordBytesMax(event.topic)));
  if (tooLarge === undefined) return { events: made, sequences };
  const bytes = bytesText(batchBytes(recordOf(tooLarge)));
  return { code: 'REPAIR_TOO_LARGE', text: `A correction of ${bytes} bytes is more than ${tooLarge.topic} takes.` };
}

const recordOf = (event: IntegrationEvent) => ({ key: event.key, value: eventText(event), headers: event.headers });

interface Making {
  readonly of: Correcting;
  readonly sequence: number;
  readonly aggregate: CompiledAggregate;
  readonly lookups: LookupRows;
  readonly settings: TranslateSettings;
}

/** @throws Refused RULE_THREW, CONTRACT_VIOLATED */
function eventFor(
  { value, headers }: PublishedEvent,
  { contract, correction, map }: CorrectionDefinition,
  { of: { state, origin, id }, sequence, aggregate, lookups, settings }: Making,
): IntegrationEvent | Withheld {
  const label = `${contract.name} v${contract.majorVersion}`;
  const view = viewOf(state.rows, { aggregate, unknown: [] }, lookingOf(aggregate, state, lookups).after);
  const event = plainObject(value);
  const fields = askRule(
    `correction of ${label}`,
    () => map(Object.freeze({ event, aggregate: view }), TOOLS),
    (mapped) =>
      mapped instanceof Withheld ? withReason(mapped) : fieldsIn(mapped, correction, `the correction of ${label}`),
  );
  if (fields instanceof Withheld) return fields;
  const committedAt = new Date(origin.commitTimeMs).toISOString();
  const eventId = String(value['eventId']);
  const changeSet: ChangeSet = { aggregate: aggregate.name, id, kind: 'timer', origin, changes: [], refusal: null };
  return makeEvent({
    ...{ changeSet, contract: correction, sequence, fields, settings, corrects: eventId },
    occurrence: `${eventId}/${sequence}`,
    occurredAt: occurredAtOf(correction, fields, committedAt),
    context: contextIn(value, aggregate),
    ...(headers[PRODUCER_HEADER] === undefined ? {} : { producer: settings.routing?.producer }),
  });
}

/** Where the corrected event says that it belongs: a correction goes to those who had it. */
const contextIn = (value: PublishedEvent['value'], { context }: CompiledAggregate): Context =>
  Object.fromEntries(context.map(({ name }) => [name, typeof value[name] === 'string' ? value[name] : null]));
