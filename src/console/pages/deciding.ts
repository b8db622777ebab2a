/** The fields that every decision has, the page of a held transaction, and the page that says what became of a decision. Pure. */
import { REASON_CHARS_MAX } from '../../domain/command.js';
import type { Caller } from '../../server/access.js';
import type { Decided } from '../answers/commands.js';
import type { SourceFlow } from '../answers/flow.js';
import { html, type Html } from '../../html.js';
import { notice } from './layout.js';

/** @param at tells the fields of several forms on one page apart. */
export const reasonFields = (at: string, { name }: Caller): Html =>
  html`<label for="reason-${at}">Why</label>
    <input id="reason-${at}" name="reason" required maxlength="${REASON_CHARS_MAX}" autocomplete="off" />
    <small>Kept with the decision, and logged: no personal values.</small>
    ${
      name === null &&
      html`<label for="by-${at}">Who decides</label>
        <input id="by-${at}" name="by" maxlength="200" required autocomplete="username" />`
    }`;

export interface HeldOptions {
  readonly pipeline: string;
  readonly source: string;
  readonly held: SourceFlow['held'][number];
  readonly caller: Caller;
}

export const heldContent = ({ pipeline, source, held, caller }: HeldOptions): Html => {
  const form = (how: 'quarantine' | 'release', title: string, words: string): Html =>
    html`<form method="post" action="/decide">
      <h3>${title}</h3>
      <p>${words}</p>
      ${hiddenFields({ kind: `transaction.${how}`, pipeline, source, transaction: held.transaction })}
      ${reasonFields(how, caller)}
      <button class="${how === 'release' ? 'danger' : ''}">${title}</button>
    </form>`;
  return html`<h1>Transaction ${held.transaction}</h1>
    <p class="sub">of ${source}, in ${pipeline}</p>
    ${notice('bad', html`<strong>${held.code}</strong> ${held.text}`)}
    <p>
      First look for what is missing: a connector that is started again may send it. Then the transaction goes on by
      itself.
    </p>
    ${
      caller.role === 'operator'
        ? html`<div class="forms">
            ${form('quarantine', 'Quarantine', 'Every aggregate that it touches is parked, and nothing of it is published. The safe choice.')}
            ${form('release', 'Release', 'Its rows that arrived are decided as they are. What is missing is missing.')}
          </div>`
        : onlyOperators(caller)
    }`;
};

export const onlyOperators = ({ role }: Caller): Html =>
  html`<p class="empty">Deciding needs the role operator; yours is ${role}.</p>`;

export const hiddenFields = (values: Readonly<Record<string, string>>): readonly Html[] =>
  Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);

const RESULTS = {
  applied: ['good', 'Done.'],
  refused: ['bad', 'Refused.'],
  waiting: ['note', 'Not carried out yet. It stands in the commands log and will be; do not send it again.'],
} as const;

export function decidedContent({ id, result, text, parked }: Decided): Html {
  const [kind, words] = RESULTS[result];
  return html`<h1>Decision</h1>
    ${notice(kind, html`<strong>${words}</strong> ${text}`)}
    ${parked !== null && notice('bad', html`It is parked, again: <strong>${parked.code}</strong> ${parked.text}`)}
    <p>
      Its id is <code>${id}</code>. <a href="/commands">All decisions</a> · <a href="/parked">What is parked</a> ·
      <a href="/migration">Migration</a> · <a href="/reconciliation">Reconciliation</a>
    </p>`;
}
