/** The page of one discrepancy: what both sides showed, how it stands, and what may be done. Pure. */
import { html, type Html, query } from '../../../html.js';
import type { Caller } from '../../../server/access.js';
import type { DiscrepancyOne } from '../../answers/reconciliation.js';
import { table } from '../../table.js';
import { status, time, weight } from '../../words.js';
import { hiddenFields, onlyOperators, reasonFields } from '../deciding.js';

export const discrepancyContent = (one: DiscrepancyOne, caller: Caller): Html => {
  const { id, pipeline, check, class: is, aggregate, businessKey, contract, severity } = one;
  const { firstSeen, lastSeen, owner, subject, ours, theirs, fields } = one;
  return html`<h1>${check} ${is}</h1>
    <p class="sub"><code>${id}</code> · <a href="/reconciliation${query({ pipeline })}">Reconciliation</a></p>
    <p>${standingWords(one)} ${weight(severity)}</p>
    <p>
      ${businessKey !== '' && html`<a href="/why${query({ pipeline, aggregate, id: businessKey })}">${aggregate} ${businessKey}</a> · `}
      ${contract !== null && html`${contract} · `} ${owner !== '' && html`${owner} · `} seen first ${time(firstSeen)},
      last ${time(lastSeen)}
    </p>
    ${table(
      ['About', 'Value'],
      Object.entries(subject).map(([name, value]) => [name, value]),
    )}
    <h2>Both sides</h2>
    ${fields.length > 0 && html`<p>Different: ${fields.map((field, i) => html`${i > 0 && ', '}<code>${field}</code>`)}</p>`}
    ${side('Ours', ours)} ${side('Theirs', theirs)}
    ${caller.role === 'operator' ? deciding(one, caller) : onlyOperators(caller)}`;
};

const side = (title: string, text: string | null): Html =>
  html`<section class="card" aria-label="${title}">
    <h3>${title}</h3>
    ${text === null ? html`<p class="empty">nothing</p>` : html`<pre>${text}</pre>`}
  </section>`;

function standingWords({ state, until, by, at, reason }: DiscrepancyOne): Html {
  if (state === 'open') return status('bad', 'open');
  const when = at === null ? '' : html` ${time(at)}`;
  if (state === 'accepted')
    return html`${status('warn', 'accepted')}${until !== null && html` until ${time(until)}`} by ${by}: ${reason}`;
  if (state === 'repaired') return html`${status('good', 'repaired')}${when} by ${by}`;
  return html`${status('good', 'settled by itself')}${when}`;
}

function deciding({ id, pipeline, state }: DiscrepancyOne, caller: Caller): Html | false {
  if (state === 'accepted')
    return html`<div class="forms">
      <form method="post" action="/decide">
        <h3>Revoke</h3>
        <p>It counts again.</p>
        ${hiddenFields({ kind: 'discrepancy.revoke', pipeline, ids: id })} ${reasonFields('revoke', caller)}
        <button>Revoke</button>
      </form>
    </div>`;
  return (
    state === 'open' &&
    html`<div class="forms">
      <form method="post" action="/decide">
        <h3>Accept</h3>
        <p>It does not count until that day. Nothing that is published changes.</p>
        ${hiddenFields({ kind: 'discrepancy.accept', pipeline, ids: id })}
        <label for="until">Until</label>
        <input id="until" name="until" type="date" required />
        <small>The beginning of that day, UTC; at most a year ahead.</small>
        ${reasonFields('accept', caller)}
        <button>Accept</button>
      </form>
    </div>`
  );
}
