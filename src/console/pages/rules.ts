/** The page of the rules: the picture of `rules graph`, and the same in words. Pure. */
import type { Rules } from '../answers/rules.js';
import { html, type Html, query } from '../../html.js';
import type { HeldUp } from '../answers/waiting.js';
import { numbers, table } from '../table.js';
import { count, plural, weight } from '../words.js';
import { notice } from './layout.js';

/** @param heldUp of each pipeline, or why it is not known, in words. */
export const rulesContent = ({ digest, facts, tables }: Rules, heldUp: readonly (HeldUp | string)[]): Html =>
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
    ${heldUp.map((one) => (typeof one === 'string' ? notice('note', one) : heldUpPart(one, heldUp.length > 1)))}
    <h2>Tables</h2>
    ${table(
      ['Table', 'Key', numbers('Declared columns')],
      tables.map(({ table: name, key, columns }) => [name, key.join(', '), count(columns)]),
    )}`;

/** Nothing, when the rules expect nothing within a time. */
function heldUpPart({ pipeline, facts, isAll }: HeldUp, isNamed: boolean): Html | null {
  if (facts.length === 0) return null;
  return html`<h2>What holds things up ${isNamed && `in ${pipeline}`}</h2>
    <p class="sub">of what is expected within a time and has not happened, by those that are due first</p>
    ${facts.map((fact) => heldUpFact(fact, pipeline, isAll))}`;
}

const NUMBERS = ['Does not hold', 'Not known', 'Failed'].map(numbers);

function heldUpFact(
  { aggregate, fact, waiting, lookedAt, conditions }: HeldUp['facts'][number],
  pipeline: string,
  isAll: boolean,
): Html {
  const of = { pipeline, aggregate, fact };
  const all = `${isAll ? '' : 'at least '}${plural(waiting, 'waits', 'wait')}`;
  return html`<h3>${fact} <small>${aggregate}</small></h3>
    <p>
      <a href="/waiting${query(of)}">${all}</a>${lookedAt < waiting && `, ${count(lookedAt)} of them were looked at`}${
        conditions.length === 0 && lookedAt > 0 && ': no condition holds them up'
      }
    </p>
    ${
      conditions.length > 0 &&
      table(
        ['Condition', ...NUMBERS],
        conditions.map(({ name, unmet, unknown, failed }) => [
          html`<a href="/waiting${query({ ...of, condition: name })}">${name}</a>`,
          ...[count(unmet), count(unknown), count(failed)],
        ]),
      )
    }`;
}
