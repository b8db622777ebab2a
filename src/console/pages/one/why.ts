/** The page of one aggregate: what happened to it and because of what, and what did not and why not. Pure. */
import type { Answer, ConditionAnswer, FactAnswer } from '../../../why/answer.js';
import { answerLines, missWords, readWords, standingLines } from '../../../why/words.js';
import type { WhyQuery } from '../../answers/why.js';
import { html, type Html, query } from '../../../html.js';
import { table } from '../../table.js';
import { choices, conditionWords, count, status, time, weight } from '../../words.js';
import { timeline } from './timeline.js';

/** What the form has in it. */
export interface Search {
  /** Names of aggregates. */
  readonly aggregates: readonly string[];
  readonly aggregate: string;
  readonly id: string;
  readonly pipelines: readonly string[];
  readonly pipeline: string;
}

export const searchContent = (search: Search): Html =>
  html`<h1>Why</h1>
    ${searchForm(search)}`;

export const whyContent = (search: Search, answer: Answer, asked: WhyQuery): Html =>
  html`<h1>${answer.aggregate} ${answer.id}</h1>
    ${searchForm(search)} ${[...standingLines(answer)].map((line) => html`<p>${line}</p>`)}
    ${
      answer.standing === 'parked' &&
      html`<p>
        <a href="/parked/one${query({ pipeline: answer.pipeline, aggregate: answer.aggregate, id: answer.id })}"
          >It is parked</a
        >
      </p>`
    }
    ${
      answer.facts.length > 0 &&
      html`<h2>Facts</h2>
        ${table(
          ['Fact', 'Importance', 'Happened', 'What it waits for'],
          answer.facts.map((fact) => [fact.fact, weight(fact.importance), happened(fact), missing(fact, answer)]),
        )}`
    }
    ${timeline(answer, asked)}
    <h2>In full</h2>
    <details>
      <summary>as dragoman why says it</summary>
      <pre tabindex="0">${[...answerLines(answer)].join('\n')}</pre>
    </details>`;

export const searchForm = ({ aggregates, aggregate, id, pipelines, pipeline }: Search): Html =>
  html`${choices(pipelines, pipeline, { to: (name) => `/why${query({ pipeline: name, aggregate, id })}` })}
    <form class="search" method="get" action="/why" role="search">
      ${pipelines.length > 1 && html`<input type="hidden" name="pipeline" value="${pipeline}" />`}
      <label for="aggregate">Of</label>
      <select id="aggregate" name="aggregate">
        ${aggregates.map(
          (name) => html`<option value="${name}" ${name === aggregate && html`selected`}>${name}</option>`,
        )}
      </select>
      <label for="id">with the key, or the event with the id</label>
      <input id="id" name="id" value="${id}" required maxlength="500" autocomplete="off" />
      <button>Ask</button>
    </form>`;

function happened({ occurrences, moreOccurrences, expected }: FactAnswer): Html {
  const [newest] = occurrences;
  if (newest === undefined)
    return html`${expected?.isOverdue === true ? status('bad', 'overdue') : status('idle', 'no')}
    ${expected !== undefined && html`<div><small>${expected.isOverdue ? 'was' : 'is'} expected by</small> ${time(expected.dueAt)}</div>`}`;
  const times = occurrences.length + moreOccurrences;
  return status(
    newest.how === 'published' ? 'good' : 'warn',
    times === 1 ? newest.how : `${newest.how}, ${count(times)} times`,
  );
}

/** Of the nearest miss: its conditions that do not hold, each with what it read last, or why there are none. */
function missing(fact: FactAnswer, { rules }: Answer): readonly Html[] {
  const [nearest] = fact.misses;
  if (nearest === undefined) return [];
  const unmet = nearest.conditions.filter(({ holds }) => holds !== true);
  return unmet.length > 0 ? unmet.map(condition) : [html`<div>${missWords(nearest, fact, rules)}</div>`];
}

const condition = ({ name, holds, reads: [last] }: ConditionAnswer): Html =>
  html`<div>
    ${conditionWords({ name, holds })} ${last !== undefined && html`<br /><small>${readWords(last)}</small>`}
  </div>`;
