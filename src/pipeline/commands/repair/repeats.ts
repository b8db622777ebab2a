/** Events that were published -> records of them once more: the same bytes, and a header that tells it. Pure. */
import type { AggregateRef } from '../../../domain/change-set.js';
import type { RepairCommand } from '../../../domain/command.js';
import { contractText } from '../../../domain/integration-event.js';
import { shadowTopic } from '../../../domain/ownership/topics.js';
import { batchBytes, bytesText } from '../../../domain/record-size.js';
import { registered } from '../../../domain/registry/registration.js';
import type { RepairRefused } from '../../../domain/repair/refusals.js';
import { REPEAT_HEADER } from '../../../domain/repair/headers.js';
import { REPAIR_BYTES_MAX } from '../../../domain/repair/repair.js';
import type { AggregateState } from '../../../domain/state/aggregate-state.js';
import type { PublishedEvent } from '../../../domain/state/journal-entry.js';
import { Speaker } from '../../../translate/publish/speaker.js';
import type { DecideSettings } from '../../decide/decisions.js';
import type { OutputRecord } from '../../ports.js';
import { type Asked, toOf } from './asked.js';

export interface RepairSettings extends DecideSettings {
  /** Topics of the config into which what was published may be published once more. Absent: there is none. */
  readonly audiences?: ReadonlySet<string>;
}

interface RepeatParts {
  readonly settings: RepairSettings;
  /** Topics that are not there. */
  readonly missing: ReadonlySet<string>;
  /** Written by the command so far. */
  readonly bytes: number;
}

export interface Repeats {
  readonly records: readonly OutputRecord[];
  /** Written by the command, with these. */
  readonly bytes: number;
}

/** All that are asked for of one aggregate, or none. */
export function repeatsOf(
  { events, ref, state }: Asked & { readonly state: AggregateState },
  command: RepairCommand,
  { settings, missing, bytes: before }: RepeatParts,
): Repeats | RepairRefused {
  const to = toOf(command);
  if (to !== null && settings.audiences?.has(to) !== true)
    return { code: 'REPAIR_AUDIENCE_UNKNOWN', text: `${to} is none of the audiences in the config.` };
  if ('code' in events) return events;
  const isOverridden = command.kind === 'repair.republish' && command.arguments.override !== undefined;
  const records: OutputRecord[] = [];
  let bytes = before;
  for (const event of events) {
    const topic = to ?? event.topic;
    if (missing.has(topic)) return { code: 'REPAIR_TOPIC_MISSING', text: `Topic ${topic} does not exist.` };
    const service = to !== null || isOverridden ? null : serviceOver(event, ref, state, settings);
    if (service !== null) return { code: 'REPAIR_OF_SERVICE', text: service };
    const record = repeatOf(event, { topic, repair: command.arguments.repair }, settings);
    const size = batchBytes(record);
    bytes += size;
    const bytesMax = settings.translate.recordBytesMax(topic);
    if (size > bytesMax)
      return {
        code: 'REPAIR_TOO_LARGE',
        text: `A record of ${bytesText(size)} bytes is more than the ${bytesText(bytesMax)} that ${topic} takes.`,
      };
    if (bytes > REPAIR_BYTES_MAX)
      return { code: 'REPAIR_TOO_LARGE', text: `The command writes more than ${bytesText(REPAIR_BYTES_MAX)} bytes.` };
    records.push(record);
  }
  return { records, bytes };
}

function repeatOf(
  { key, headers, value }: PublishedEvent,
  { topic, repair }: { readonly topic: string; readonly repair: string },
  { registrations }: Pick<RepairSettings, 'registrations'>,
): OutputRecord {
  const of = { type: String(value['eventType']), version: Number(value['schemaVersion']) };
  const written = registered(of, { value: JSON.stringify(value), headers }, registrations);
  return { topic, key, value: written.value, headers: { ...written.headers, [REPEAT_HEADER]: repair } };
}

/** Why a service speaks now for the aggregate under the event's contract; null: none does, or the event is in the shadow topic. */
export function serviceOver(
  { topic, value }: PublishedEvent,
  { id }: AggregateRef,
  state: AggregateState,
  { rules, translate: { routing } }: RepairSettings,
): string | null {
  const contract = contractText(String(value['eventType']), Number(value['schemaVersion']));
  const promise = rules.contracts.find((each) => contractText(each.name, each.majorVersion) === contract);
  if (routing === undefined || (promise !== undefined && topic === shadowTopic(promise.topic))) return null;
  const context = value as Readonly<Record<string, string | null>>;
  const spoken = new Speaker(routing, { id, context }, state).of(contract);
  return spoken?.stage === 'service' ? spoken.reason : null;
}
