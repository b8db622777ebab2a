/** The page of the rules: the picture of `rules graph`, and the same in words. Pure. */
import type { Rules } from '../answers/rules.js';
import { html, type Html } from '../html.js';
import { table } from '../table.js';
import { count, weight } from '../words.js';

export const rulesContent = ({ digest, facts, tables }: Rules): Html =>
  html`<h1>Rules</h1>
    <p class="sub">as this member runs them, digest <code>${digest.slice(0, 12)}</code></p>
    <p class="picture" tabindex="0">
      <img
        src="/rules/graph.svg"
        alt="What leads from tables over aggregates and facts to contracts and topics; the tables below say the same"
      />
    </p>
    <h2>Facts</h2>
    ${table(
      ['Fact', 'Importance', 'When all of this holds', 'Published as'],
      facts.map(({ fact, aggregate, kind, importance, conditions, contracts }) => [
        html`${fact}<br /><small>${aggregate}, ${kind}</small>`,
        weight(importance),
        conditions.length === 0 ? 'no condition' : conditions.map((name) => html`<div>${name}</div>`),
        contracts.length === 0 ? 'internal' : contracts.join(', '),
      ]),
    )}
    <h2>Tables</h2>
    ${table(
      ['Table', 'Key', { head: 'Declared columns', kind: 'n' }],
      tables.map(({ table: name, key, columns }) => [name, key.join(', '), count(columns)]),
    )}`;
