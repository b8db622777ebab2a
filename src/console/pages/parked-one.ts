/** The page of one parked aggregate: why, what waits, what a retry would do, and what an operator may decide. Pure. */
import type { ParkedOne } from '../answers/parked.js';
import type { Caller } from '../../server/access.js';
import { html, type Html, type Part, query } from '../../html.js';
import { hiddenFields, onlyOperators, reasonFields } from './deciding.js';
import { notice } from './layout.js';
import { count, opWord, plural, time, valueShown, weight } from '../words.js';

export interface OneOptions {
  readonly caller: Caller;
  /** Operators may see them. */
  readonly mayShowPersonal: boolean;
}

export function parkedOneContent(one: ParkedOne, { caller, mayShowPersonal }: OneOptions): Html {
  const { pipeline, aggregate, id, code, text, severity, since, advice, waiting, more, isPersonalShown } = one;
  return html`<h1>${aggregate} ${id}</h1>
    <p class="sub">
      parked since ${time(since)}, ${weight(severity)} at stake ·
      <a href="/why${query({ pipeline, aggregate, id })}">what happened to it before</a>
    </p>
    ${notice('bad', html`<strong>${code}</strong> ${text}`)}
    <h2>What to do</h2>
    <dl>
      <dt>Retry after</dt>
      <dd>${advice.retry}</dd>
      <dt>Discard means</dt>
      <dd>${advice.discard}</dd>
      <dt>A retry now</dt>
      <dd>${outlook(one)}</dd>
    </dl>
    ${caller.role === 'operator' ? forms(one, caller) : onlyOperators(caller)}
    <h2>${plural(waiting.length + more, 'change set waits', 'change sets wait')}</h2>
    ${
      caller.role === 'operator' &&
      mayShowPersonal &&
      !isPersonalShown &&
      html`<p>
        <a href="/parked/one${query({ pipeline, aggregate, id, values: 'yes' })}">Show values of personal columns</a>
        (that is logged)
      </p>`
    }
    ${waiting.map(changeSet)} ${more > 0 && html`<p>${plural(more, 'more change set')} behind these.</p>`}`;
}

function outlook({ now: { events, parked, refused } }: ParkedOne): Part {
  if (refused !== null) return `It would be refused: ${refused}`;
  return html`${events.length === 0 ? 'publishes nothing' : `publishes ${plural(events.length, 'event')}`}${
    parked === null
      ? ', and nothing waits any more.'
      : html`, then it is parked again: <strong>${parked.code}</strong> ${parked.text}`
  }
  ${
    events.length > 0 &&
    html`<ol class="plain">
      ${events.map(({ topic, type, sequence, id }) => html`<li>${type} ${sequence} → ${topic} <code>${id}</code></li>`)}
    </ol>`
  }`;
}

const forms = ({ pipeline, aggregate, id, waiting, more }: ParkedOne, caller: Caller): Html =>
  html`<div class="forms">
    <form method="post" action="/decide">
      <h3>Retry</h3>
      ${hiddenFields({ kind: 'unpark', pipeline, aggregate, id })} ${reasonFields('retry', caller)}
      <button>Retry</button>
    </form>
    <form method="post" action="/decide">
      <h3>Discard</h3>
      ${hiddenFields({ kind: 'parked.discard', pipeline, aggregate, id, first: waiting[0]?.changeSet ?? '' })}
      ${reasonFields('discard', caller)}
      ${
        waiting.length + more > 1 &&
        html`<label class="check"><input type="checkbox" name="all" value="yes" /> everything that waits now</label>`
      }
      <button class="danger">Discard</button>
    </form>
  </div>`;

const changeSet = ({
  changeSet: from,
  kind,
  committed,
  refusal,
  changes,
  changesLeftOut,
}: ParkedOne['waiting'][number]): Html =>
  html`<section class="card" aria-label="Change set ${from}">
    <h3>${from} <small>${kind}, committed ${time(committed)}</small></h3>
    ${refusal !== null && html`<p><strong>${refusal.code}</strong> ${refusal.text}</p>`}
    <div class="scroll">
      <table>
        <tbody>
          ${changes.map(
            ({ table, key, op, row, refusal: why }) =>
              html`<tr>
                <th scope="row">${table}<br /><small>${opWord(op)} ${key}</small></th>
                <td>${why === null ? rowText(row) : html`<strong>${why.code}</strong> ${why.text}`}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${changesLeftOut > 0 && html`<p>${count(changesLeftOut)} more rows.</p>`}
  </section>`;

const rowText = (row: Readonly<Record<string, unknown>> | null): Part =>
  row === null
    ? 'no row'
    : html`<ul class="row">
        ${Object.entries(row).map(([column, value]) => html`<li><span>${column}</span> ${valueShown(value)}</li>`)}
      </ul>`;
