/** The page of one event: what it is about, where it stands, and the decision, rows and rules that made it. Pure. */
import type { EventAnswer } from '../../../why/event.js';
import { repairWords } from '../../../why/history/repairs.js';
import { originWords, saidWords } from '../../../why/seen-words.js';
import { html, type Html, type Part, query } from '../../../html.js';
import { count } from '../../words.js';
import { notice } from '../layout.js';
import { rowsList } from './timeline.js';
import { type Search, searchForm } from './why.js';

export function eventContent(search: Search, event: EventAnswer): Html {
  const { id, type, topic, partition, offset, sequence, fact, occurrence, cause, digest, decision, value, repairs } =
    event;
  const place = partition === null || offset === null ? topic : `${topic}/${partition} offset ${count(offset)}`;
  const because = decision === null ? cause : originWords(decision.origin);
  return html`<h1>${type}</h1>
    <p class="sub">event <code>${id}</code></p>
    ${searchForm(search)}
    <dl>
      ${term('About', about(event))} ${term('Number', sequence === null ? 'not known' : count(sequence))}
      ${term('Stands in', place)}
      ${term('Fact', fact === null ? 'none of the rules that stand here' : `${fact} ${occurrence ?? ''}`)}
      ${term('Because of', because)} ${term('Decided by the rules', html`<code>${digest}</code>`)}
      ${
        decision !== null &&
        term('In the journal', `partition ${decision.entry.partition} offset ${count(decision.entry.offset)}`)
      }
    </dl>
    ${repairs.map((repair) => html`<p>${repairWords(repair)}, at ${repair.origin.committed}</p>`)}
    ${decision?.said !== undefined && html`<p>${saidWords(decision.said)}</p>`}
    <h2>Rows of that transaction</h2>
    ${decision === null ? notice('note', 'The journal does not have the decision any more.') : rowsList(decision)}
    <h2>As it was published</h2>
    ${
      value === null
        ? notice('note', 'Its value may have personal columns in it: dragoman events show, with --values.')
        : html`<pre tabindex="0">${JSON.stringify(value, null, 2)}</pre>`
    }`;
}

const term = (name: string, is: Part): Html =>
  html`<dt>${name}</dt>
    <dd>${is}</dd>`;

const about = ({ pipeline, aggregate, key }: EventAnswer): Part =>
  aggregate === null ? key : html`<a href="/why${query({ pipeline, aggregate, id: key })}">${aggregate} ${key}</a>`;
