/** What can be wrong with an aggregate and its members: above all with the columns that join their rows; and with when it is retired. Pure. */
import type { AggregateDefinition, Member } from '../aggregate.js';
import { FIELD, isMetadata } from '../contract.js';
import { DURATION_WORDS, durationMs } from '../duration.js';
import { repeated } from './check-names.js';
import { isMadeOfTable } from './check-references.js';
import { keyColumnTexts } from './check-tables.js';
import { keyColumns } from './key-columns.js';
import { aboutAggregate, aboutMember, problem, type RuleProblem, shown } from './problem.js';

type AnyMember = Member<unknown, 'one' | 'many'>;

export function memberProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const members = Object.entries(aggregate.members);
  const problems: RuleProblem[] = optionProblems(aggregate);
  const made = members.filter(([, member]) => isMadeOfTable(member));
  for (const [name, member] of members)
    problems.push(
      ...(isMadeOfTable(member)
        ? textsOf(member).map(({ text, fix }) => problem('MEMBER_KEY_INVALID', aboutMember(aggregate, name), text, fix))
        : [problem('AGGREGATE_INVALID', aboutMember(aggregate, name), 'it is no member: write one(...) or many(...)')]),
    );
  const direct = made.filter(([, { parent }]) => parent === null);
  const widths = new Set(direct.flatMap(([, { keyOf }]) => keyColumns(keyOf)?.length ?? []));
  if (widths.size > 1) {
    const where = `member ${direct.map(([name]) => name).join(', ')} of ${aggregate.name}`;
    const about = { where, declared: aggregate, word: shortest(direct) };
    problems.push(problem('MEMBER_KEY_INVALID', about, 'their keys have different numbers of columns'));
  }
  for (const table of repeated(made.map(([, member]) => member.table.name))) {
    const about = { where: `member ${table} of ${aggregate.name}`, declared: aggregate };
    problems.push(problem('MEMBER_KEY_INVALID', about, 'one table can be only one member of an aggregate', ONE_MEMBER));
  }
  if (members.length === 0)
    problems.push(
      problem('MEMBER_KEY_INVALID', aboutAggregate(aggregate), 'an aggregate needs at least one table', NO_MEMBER),
    );
  return problems;
}

const ONE_MEMBER = 'Keep one of the two members; its rules can tell the rows apart by their columns.';
const NO_MEMBER = 'Give it the tables that belong together: { header: one(table, (row) => row.id) }.';

/** The member whose key has the fewest columns: the one that most likely lacks one. */
function shortest(members: readonly (readonly [string, AnyMember])[]): string {
  const widthOf = ([, { keyOf }]: readonly [string, AnyMember]): number => keyColumns(keyOf)?.length ?? Infinity;
  return [...members].sort((a, b) => widthOf(a) - widthOf(b))[0]?.[0] ?? '';
}

/** Without types anything may stand there. */
function optionProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const invalid = (word: string, text: string) => problem('AGGREGATE_INVALID', aboutAggregate(aggregate, word), text);
  const problems: RuleProblem[] = [];
  if (!['park', 'new'].includes(aggregate.onKeyChange))
    problems.push(
      invalid('onKeyChange', `says onKeyChange: ${shown(aggregate.onKeyChange)}; expected 'park' or 'new'`),
    );
  if (aggregate.pin !== null && typeof (aggregate.pin as unknown) !== 'boolean')
    problems.push(invalid('pin', `says pin: ${shown(aggregate.pin)}; expected true or false`));
  if (aggregate.bornIn !== null && typeof (aggregate.bornIn as unknown) !== 'function')
    problems.push(
      invalid('bornIn', `says bornIn: ${shown(aggregate.bornIn)}; expected a function of the aggregate and its origin`),
    );
  return [...problems, ...contextProblems(aggregate)];
}

const CONTEXT_FIX =
  'Write context: { market: (view) => view.header?.mkt_cd ?? null }, or leave it out: docs/context.md.';

function contextProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const invalid = (word: string, text: string) =>
    problem('AGGREGATE_INVALID', aboutAggregate(aggregate, word), text, CONTEXT_FIX);
  const context: unknown = aggregate.context;
  if (typeof context !== 'object' || context === null || Array.isArray(context))
    return [invalid('context', `its context is ${shown(context)}; expected a function for each name`)];
  return Object.entries(context).flatMap(([name, of]) => [
    ...(typeof of === 'function' ? [] : [invalid(name, `${name} of its context must be a function of the aggregate`)]),
    ...(FIELD.test(name) ? [] : [invalid(name, `${shown(name)} of its context must be a field name in camelCase`)]),
    ...(isMetadata(name)
      ? [invalid(name, `${name} of its context is a field that every event has anyway: take another name`)]
      : []),
  ]);
}

interface Wrong {
  readonly text: string;
  readonly fix?: string;
}

function textsOf({ table, keyOf, cardinality }: AnyMember): Wrong[] {
  if (!['one', 'many'].includes(cardinality)) return [{ text: 'it is neither made by one(...) nor by many(...)' }];
  const columns = typeof (keyOf as unknown) === 'function' ? keyColumns(keyOf) : null;
  if (!columns)
    return [{ text: 'its key function must give plain columns of the row: row => row.a, or row => [row.a, row.b]' }];
  const wrong: Wrong[] = columns.flatMap((column) => keyColumnTexts(table, column).map((text) => ({ text })));
  for (const column of repeated(columns)) wrong.push({ text: `its key has the column ${column} twice` });
  if (table.key.length === 0 || table.key.some((column) => !Object.hasOwn(table.columns, column))) return wrong; // told of the table
  const outside = table.isKeyless === true ? columns.filter((column) => !table.key.includes(column)) : [];
  if (outside.length > 0)
    wrong.push({
      text:
        `${table.name} has no primary key, and its key (${table.key.join(', ')}) lacks ${outside.join(', ')}, by which its rows find their ` +
        'aggregate: of two rows with one key nobody would know whose they are',
      fix: `Add ${outside.join(', ')} to the key of the table.`,
    });
  const isWhole = table.key.length === columns.length && table.key.every((column) => columns.includes(column));
  if (cardinality === 'one' && !isWhole)
    wrong.push({ text: `one(...) needs a table whose primary key is the aggregate's key; use many(...)` });
  const order = columns.map((_, i) => table.key[i] ?? '');
  const isPermuted = columns.some((column, i) => column !== order[i]) && order.every((each) => columns.includes(each));
  if (isPermuted && repeated(columns).length === 0)
    wrong.push({
      text:
        `its key (${columns.join(', ')}) has the columns with which the primary key of ${table.name} begins in another order than it ` +
        `(${order.join(', ')}): rows of one aggregate would join those of another`,
      fix:
        `Write (row) => [${order.map((column) => `row.${column}`).join(', ')}]. If it is the table whose columns come in another order than ` +
        'in the other tables, give its `key` the order of the others: rows are known by it, not by the database.',
    });
  return wrong;
}

export function retireProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const { retire } = aggregate;
  if (retire === null) return [];
  const invalid = (text: string): RuleProblem => problem('RETIRE_INVALID', aboutAggregate(aggregate, 'retire'), text);
  const problems: RuleProblem[] = [];
  if (durationMs(retire.after) === null)
    problems.push(
      invalid(
        `retire: after is ${shown(retire.after)}, and must be ${DURATION_WORDS}: so long nothing may have changed`,
      ),
    );
  if (retire.conditions.length === 0)
    problems.push(
      invalid('retire: needs at least one named condition: without one it would forget what still goes on'),
    );
  if (retire.conditions.some(({ holds }) => typeof (holds as unknown) !== 'function'))
    problems.push(invalid('retire: its conditions must be functions'));
  return problems;
}
