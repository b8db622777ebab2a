/** How often a service on trial says the same as Dragoman, on the page of the migration, and the page of one kind of finding. Pure. */
import type { BadClass } from '../../../domain/state/pairs.js';
import { signatureText } from '../../../pipeline/parity/signature.js';
import { html, type Html, type Part, query } from '../../../html.js';
import type { Caller } from '../../../server/access.js';
import type { CapabilityParity, Finding } from '../../answers/parity.js';
import { numbers, prose, table } from '../../table.js';
import { count, plural, status, time } from '../../words.js';
import { hiddenFields, onlyOperators, reasonFields } from '../deciding.js';
import { notice } from '../layout.js';

/** More lines than this are not told apart by anybody. */
const LINES_MAX = 8;
const HOUR_MS = 3_600_000;

export function parityPart({ gate, trend, findings, findingsLeftOut }: CapabilityParity, pipeline: string): Html {
  const { equal, overHours, pairs } = gate;
  return html`<h3>Parity</h3>
    <p class="sub">
      what the service publishes on trial, against what Dragoman publishes; the gate asks for ${equal} % of at least
      ${count(pairs)} pairs in ${count(overHours)} h
    </p>
    ${trendPart(trend)}
    ${
      findings.length === 0
        ? html`<p class="empty">Nothing is different, missing, late or out of order in that time.</p>`
        : findingsTable(findings, pipeline)
    }
    ${findingsLeftOut > 0 && html`<p>${plural(findingsLeftOut, 'more kind')} of them.</p>`}`;
}

function trendPart({ from, contracts }: CapabilityParity['trend']): Html | false {
  const compared = contracts.filter(({ pairs }) => pairs.some((each) => each > 0));
  if (compared.length === 0) return html`<p class="empty">Nothing was compared yet.</p>`;
  const most = [...compared].sort((a, b) => total(b.wrong) - total(a.wrong)).slice(0, LINES_MAX);
  const lines = most.map(({ contract, wrong }) => ({ label: contract, counts: wrong }));
  const drawn = { from: Date.parse(from), stepMs: HOUR_MS, lines };
  const hours = contracts[0]?.pairs.length ?? 0;
  const day = hours / 2;
  return html`<div
      class="chart"
      role="img"
      aria-label="Findings that count, in each of the last ${hours} hours; the table below has the numbers"
      data-chart="${JSON.stringify(drawn)}"
    ></div>
    ${table(
      [
        'Contract',
        ...[`Pairs, ${day} h before`, 'of them wrong', `Pairs, last ${day} h`, 'of them wrong'].map(numbers),
      ],
      compared.map(({ contract, pairs, wrong }) => [
        contract,
        ...[pairs.slice(0, day), wrong.slice(0, day), pairs.slice(day), wrong.slice(day)].map((each) =>
          count(total(each)),
        ),
      ]),
      'Pairs that were compared, and those that are neither equal nor accepted',
    )}`;
}

const total = (counts: readonly number[]): number => counts.reduce((sum, each) => sum + each, 0);

const CLASSES: Readonly<Record<BadClass, string>> = {
  different: 'different',
  onlyLegacy: 'only in legacy',
  onlyService: 'only in the service',
  late: 'late',
  outOfOrder: 'out of order',
};

const kindWords = ({ class: is, signature }: { readonly class: BadClass; readonly signature: string | null }): Part =>
  signature === null ? CLASSES[is] : html`${CLASSES[is]}: <code>${signatureText(signature)}</code>`;

const findingsTable = (findings: CapabilityParity['findings'], pipeline: string): Html =>
  table(
    ['What', 'Contract', numbers('How often'), prose('Accepted')],
    findings.map((finding) => {
      const { contract, class: is, signature, count: howOften, accepted } = finding;
      const address = `/migration/finding${query({ pipeline, contract, class: is, signature: signature ?? '' })}`;
      return [html`<a href="${address}">${kindWords(finding)}</a>`, contract, count(howOften), acceptedWords(accepted)];
    }),
    'What is not the same',
  );

const acceptedWords = (accepted: Finding['accepted']): Part =>
  accepted === null
    ? status('bad', 'counts')
    : html`${status('good', 'accepted')} until ${time(accepted.until)} by ${accepted.by}: ${accepted.reason}`;

export const findingContent = (finding: Finding, caller: Caller): Html => {
  const { pipeline, contract, overHours, count: howOften, routes, accepted, examples } = finding;
  return html`<h1>${kindWords(finding)}</h1>
    <p class="sub">${contract} · <a href="/migration${query({ pipeline })}">Migration</a></p>
    <p>${plural(howOften, 'time')} in the last ${count(overHours)} h. ${acceptedWords(accepted)}</p>
    ${
      routes.length > 0 &&
      table(
        ['Part', numbers('How often')],
        routes.map((each) => [each.route, count(each.count)]),
      )
    }
    ${caller.role === 'operator' ? deciding(finding, caller) : onlyOperators(caller)}
    <h2>Examples</h2>
    ${
      examples.length === 0
        ? html`<p class="empty">None of these is among the newest that are kept.</p>`
        : examples.map((one) => example(one, pipeline))
    }`;
};

function deciding({ pipeline, capability, contract, class: is, signature, accepted }: Finding, caller: Caller): Html {
  const of = { pipeline, capability, contract, class: is };
  if (accepted !== null)
    return html`<div class="forms">
      <form method="post" action="/decide">
        <h3>Revoke</h3>
        <p>
          It counts again${accepted.signature === null && is === 'different' && ', and so does all that is different'}.
        </p>
        ${hiddenFields({ kind: 'parity.revoke', ...of, signature: accepted.signature ?? '' })}
        ${reasonFields('revoke', caller)}
        <button>Revoke</button>
      </form>
    </div>`;
  if (signature === '')
    return notice('note', 'It can be accepted only together with all that is different: dragoman parity accept.');
  return html`<div class="forms">
    <form method="post" action="/decide">
      <h3>Accept</h3>
      <p>It does not count against the gate until that day. Nothing that is published changes.</p>
      ${hiddenFields({ kind: 'parity.accept', ...of, signature: signature ?? '' })}
      <label for="until">Until</label>
      <input id="until" name="until" type="date" required />
      <small>The beginning of that day, UTC; at most a year ahead.</small>
      ${reasonFields('accept', caller)}
      <button>Accept</button>
    </form>
  </div>`;
}

function example(
  { aggregate, id, occurrence, eventId, at, route, differences }: Finding['examples'][number],
  pipeline: string,
): Html {
  return html`<section class="card" aria-label="Example ${aggregate} ${id}">
    <h3>
      <a href="/why${query({ pipeline, aggregate, id })}">${aggregate} ${id}</a>
      <small>${occurrence !== '' && `${occurrence}, `}judged ${time(at)}, ${route}</small>
    </h3>
    <p>
      <small
        >both sides have the id <a href="/why/event${query({ pipeline, id: eventId, key: id })}">${eventId}</a></small
      >
    </p>
    ${
      differences.length > 0 &&
      table(
        ['Field', 'Legacy', 'Service'],
        differences.map(({ path, legacy, service }) => [
          signatureText(path),
          legacy ?? html`<em>not there</em>`,
          service ?? html`<em>not there</em>`,
        ]),
      )
    }
  </section>`;
}
