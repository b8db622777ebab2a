/** One published event in a few lines: type, order and number, business fields, and why. Pure. */
import type { CompiledRules } from '../../src/rules/compile.js';
import type { ShownEvent } from './decision.js';
import { type Line } from './lines.js';
import type { EventReason } from './reasons.js';

/** In every event beside its business fields; the contract's key stands in the title. */
const METADATA = [
  ...['eventId', 'eventType', 'schemaVersion', 'occurredAt', 'sequence', 'correlationId', 'causationId'],
  ...['tenant', 'market', 'channel', 'sourceSystem'],
];

export function eventLines({ event, because }: EventReason, rules: CompiledRules, isShort: boolean): Line[] {
  const title: Line = { role: 'event', text: `◆ ${event.type} ${event.key} #${event.sequence}` };
  const why: Line = { role: 'why', text: `  because ${because}` };
  if (isShort) return [title, why];
  return [title, { role: 'field', text: `  ${fieldsText(event, rules)}` }, why];
}

/** `currency EUR, totalAmount 129.80, lines 2`; instants are left out, the block has its time. */
export function fieldsText({ type, value }: ShownEvent, rules: CompiledRules): string {
  const key = rules.contracts.find(({ name }) => name === type)?.key;
  return Object.entries(value)
    .filter(([name, field]) => name !== key && !METADATA.includes(name) && !isInstant(field))
    .map(([name, field]) => `${name} ${fieldText(field)}`)
    .join(', ');
}

const isInstant = (field: unknown): boolean => typeof field === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(field);

function fieldText(field: unknown): string {
  if (Array.isArray(field)) return String(field.length);
  return typeof field === 'string' ? field : JSON.stringify(field);
}
