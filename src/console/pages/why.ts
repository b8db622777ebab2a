/** The page of one aggregate: what happened to it and because of what, and what did not and why not. Pure. */
import type { FactAnswer } from '../../why/answer.js';
import type { Why } from '../answers/why.js';
import { html, type Html, query } from '../html.js';
import { table } from '../table.js';
import { count, status, weight } from '../words.js';

export interface SearchOptions {
  /** Names of aggregates. */
  readonly aggregates: readonly string[];
  readonly aggregate: string;
  readonly id: string;
}

export const whyContent = (search: SearchOptions, why: Why | null): Html =>
  html`<h1>${why === null ? 'Why' : `${why.answer.aggregate} ${why.answer.id}`}</h1>
    ${searchForm(search)} ${why !== null && answered(why)}`;

const searchForm = ({ aggregates, aggregate, id }: SearchOptions): Html =>
  html`<form class="search" method="get" action="/why" role="search">
    <label for="aggregate">Of</label>
    <select id="aggregate" name="aggregate">
      ${aggregates.map(
        (name) => html`<option value="${name}" ${name === aggregate && html`selected`}>${name}</option>`,
      )}
    </select>
    <label for="id">with the key</label>
    <input id="id" name="id" value="${id}" required maxlength="500" autocomplete="off" />
    <button>Ask</button>
  </form>`;

const answered = ({ answer, words }: Why): Html =>
  html`${
      answer.standing === 'parked' &&
      html`<p><a href="/parked/one${query({ aggregate: answer.aggregate, id: answer.id })}">It is parked</a></p>`
    }
    ${
      answer.facts.length > 0 &&
      html`<h2>Facts</h2>
        ${table(
          ['Fact', 'Importance', 'Happened', 'What it waits for'],
          answer.facts.map((fact) => [
            fact.fact,
            weight(fact.importance),
            happened(fact),
            missing(fact).map((each) => html`<div>${each}</div>`),
          ]),
        )}`
    }
    <h2>In full</h2>
    <pre tabindex="0">${words.join('\n')}</pre>`;

function happened({ occurrences, moreOccurrences }: FactAnswer): Html {
  const [newest] = occurrences;
  if (newest === undefined) return status('idle', 'no');
  const times = occurrences.length + moreOccurrences;
  return status(
    newest.how === 'published' ? 'good' : 'warn',
    times === 1 ? newest.how : `${newest.how}, ${count(times)} times`,
  );
}

const HOLDS = { false: '', unknown: ' (not known)', failed: ' (the rule failed)' } as const;

/** Of the nearest miss: its conditions that do not hold, or why there are none. */
function missing({ misses }: FactAnswer): string[] {
  const [nearest] = misses;
  if (nearest === undefined) return [];
  const unmet = nearest.conditions.flatMap(({ name, holds }) =>
    holds === true ? [] : [`${name}${HOLDS[`${holds}`]}`],
  );
  return unmet.length > 0 ? unmet : [nearest.why];
}
