/** What may be asked about, and what cannot be: checked before anything outside is asked. Pure. */
import type { AggregateRef } from '../domain/change-set.js';
import { keyParts, keyText } from '../domain/tables/table.js';
import { DragomanError } from '../errors.js';
import { suggestion } from '../config/near-miss.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../rules/compile.js';
import { firstNameOf } from '../rules/named.js';

export interface Question extends AggregateRef {
  /** Only what has to do with this event type, or this fact. */
  readonly event?: string;
  /** A consumer group: has it read the events? */
  readonly group?: string;
  /** Show values of personal and secret columns. */
  readonly values?: boolean;
  /** Transactions that are shown, the newest; absent: {@link SEEN_MAX}. */
  readonly seenMax?: number;
}

export const SEEN_MAX = 20;

/** @returns perhaps what keeps rows until their parent is known (`order?`). @throws DragomanError COMMAND_INVALID when no rule declares such an aggregate. */
export function aggregateAsked(name: string, rules: CompiledRules): CompiledAggregate {
  const aggregate = rules.aggregates.get(firstNameOf(rules, name));
  if (aggregate !== undefined && aggregate.keeps !== 'lookup') return aggregate;
  const known = [...rules.aggregates.values()].filter(({ keeps }) => keeps === null).map(({ called }) => called);
  throw new DragomanError(
    'COMMAND_INVALID',
    `The rules have no aggregate "${name}"${suggestion(name, known)} They have: ${known.join(', ')}.`,
  );
}

/**
 * @param kept what the rules by which it began say of it, where it keeps them: they may call a fact otherwise.
 * @throws DragomanError COMMAND_INVALID when no fact or contract is called so.
 */
export function factsAsked(
  { facts: here }: CompiledAggregate,
  event: string | undefined,
  { facts, called }: CompiledAggregate,
): readonly CompiledFact[] {
  if (event === undefined) return facts;
  const isCalled = ({ definition: { name, formerly }, publications }: CompiledFact): boolean =>
    name === event || formerly.includes(event) || publications.some(({ contract }) => contract.name === event);
  const names = new Set(here.filter(isCalled).map(({ name }) => name));
  const named = facts.filter((fact) => names.has(fact.name) || isCalled(fact));
  if (named.length > 0) return named;
  const known = facts.flatMap(({ definition, publications }) => [
    definition.name,
    ...publications.map(({ contract }) => contract.name),
  ]);
  throw new DragomanError(
    'COMMAND_INVALID',
    `No fact or event of ${called} is called "${event}"${suggestion(event, known)} There are: ${[...new Set(known)].join(', ')}.`,
  );
}

/** As ids have it: with a zero in front it would be another id, of which nobody ever heard. */
const WHOLE = /^(0|-?[1-9]\d*)$/;

/**
 * The id of an aggregate as its table has it: so many parts, digits where the column has numbers.
 * @param qualifier of the pipeline, which goes in front; null: there is none.
 * @throws DragomanError COMMAND_INVALID
 */
export function checkId(id: string, aggregate: CompiledAggregate, qualifier: string | null): void {
  if (aggregate.keeps === 'waiting') return checkParent(id, aggregate);
  const feed = aggregate.members.find(({ via }) => via === null);
  const table = feed && aggregate.tables.get(feed.table);
  if (feed === undefined || table === undefined) return;
  const wanted = [...(qualifier === null ? [] : [qualifier]), ...feed.keyColumns.map((column) => `<${column}>`)];
  const refuse = (why: string): DragomanError =>
    new DragomanError(
      'COMMAND_INVALID',
      `"${id}" is no id of ${aggregate.called}: ${why}. It is written ${wanted.join('/')}, as the key of its events; a / or % inside a part as %2F or %25.`,
    );
  const parts = partsOf(id);
  if (parts === null) throw refuse('its escapes cannot be read');
  if (keyText(parts) !== id) throw refuse(`it would be ${keyText(parts)}`);
  if (parts.length !== wanted.length) throw refuse(`it has ${parts.length} parts instead of ${wanted.length}`);
  if (qualifier !== null && parts[0] !== qualifier) throw refuse(`it does not begin with the qualifier ${qualifier}`);
  for (const [i, column] of feed.keyColumns.entries()) {
    const part = parts[i + wanted.length - feed.keyColumns.length] ?? '';
    const kind = table.columns[column]?.type.kind;
    if ((kind === 'bigint' || kind === 'integer') && !WHOLE.test(part))
      throw refuse(`${column} is a whole number, without zeros in front`);
  }
}

/** Tables whose rows belong where a row of another table belongs, and that one. */
export const foundVia = ({ members }: CompiledAggregate): { readonly table: string; readonly via: string }[] =>
  members.flatMap(({ table, via }) => (via === null ? [] : [{ table, via: via.table }]));

/** The row that others wait for. */
function checkParent(id: string, aggregate: CompiledAggregate): void {
  const parents = [...new Set(foundVia(aggregate).map(({ via }) => via))];
  if (parents.some((table) => id.startsWith(`${table}/`))) return;
  throw new DragomanError(
    'COMMAND_INVALID',
    `"${id}" is no row that others are found via. It is written <table>/<key>, and the tables are: ${parents.join(', ')}.`,
  );
}

function partsOf(id: string): string[] | null {
  try {
    return keyParts(id);
  } catch {
    return null;
  }
}
