/**
 * The retailer's rules, whose milestones look up besides that the header of their order is there, which it always is when the order knows
 * it: nothing else is published, and nothing less, unless a row of a lookup table that is there is taken for none.
 */
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { LOOKUP_AGGREGATE } from '../../../src/domain/tables/feed.js';
import type { Row } from '../../../src/domain/tables/table.js';
import type { CompiledAggregate, CompiledFact } from '../../../src/rules/compile.js';
import type { AggregateView, Condition } from '../../../src/rules/fact.js';
import type { LookupView } from '../../../src/rules/tables/lookup.js';

const HEADERS = 'oms.ord_hdr';

const isThere: Condition<[AggregateView]> = {
  name: 'its header is there when it is looked up',
  holds: ({ header, headers }) => {
    const own = header as Row | undefined;
    return own === undefined || (headers as LookupView<Row>).get(own['ord_no'] as string) !== undefined;
  },
};

const looking = (fact: CompiledFact): CompiledFact => {
  const { definition } = fact;
  if (definition.kind !== 'milestone') return fact;
  return { ...fact, definition: { ...definition, conditions: [...definition.conditions, isThere] } };
};

export function lookingRules({ rules, digest, ...loaded }: LoadedRules): LoadedRules {
  const order = rules.aggregates.get('order');
  const table = rules.tables.get(HEADERS);
  if (order === undefined || table === undefined) throw new TypeError('these are not the rules of the retailer');
  const asking: CompiledAggregate = {
    ...order,
    lookups: [{ name: 'headers', table }],
    facts: order.facts.map(looking),
  };
  const lookups = new Map([[HEADERS, table]]);
  const keeper: CompiledAggregate = {
    ...{ ...order, name: LOOKUP_AGGREGATE, called: LOOKUP_AGGREGATE, keeps: 'lookup' },
    ...{ members: [], memberOf: new Map(), tables: lookups, facts: [], retire: null },
  };
  const aggregates = new Map([...rules.aggregates, [order.name, asking], [keeper.name, keeper]] as const);
  return { ...loaded, digest, rules: { ...rules, aggregates, lookups } };
}
