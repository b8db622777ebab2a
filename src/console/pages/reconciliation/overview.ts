/** The page of reconciliation: the last run of each check, how many discrepancies there are, and which. Pure. */
import { html, type Html, type Part, query } from '../../../html.js';
import type { Caller } from '../../../server/access.js';
import type { Reconciliation, ReconciliationQuery, RunShown } from '../../answers/reconciliation.js';
import { pager, table } from '../../table.js';
import { choices, count, duration, plural, since, status, time, weight } from '../../words.js';
import { hiddenFields, onlyOperators, reasonFields } from '../deciding.js';

export interface Asked {
  readonly query: ReconciliationQuery;
  readonly pipelines: readonly string[];
}

/** Without forms: it is made anew while it is looked at. */
export function runsPart({ runs, figures, asOf, pipeline }: Reconciliation): Html {
  const nowMs = Date.parse(asOf);
  return html`<h2>Checks</h2>
    ${
      runs.length === 0
        ? html`<p class="empty">No check has reported yet (docs/reconciliation.md).</p>`
        : table(
            [
              'Check',
              'Last run',
              { head: 'Began', kind: 't' },
              { head: 'Looked at', kind: 'n' },
              'Left',
              { head: 'Found', kind: 'n' },
              { head: 'Settled', kind: 'n' },
              { head: 'Beside', kind: 'prose' },
              { head: 'Done', kind: 't' },
            ],
            runs.map((run) => runCells(run, nowMs)),
            'The last run of each check',
          )
    }
    ${
      figures.length > 0 &&
      table(
        [
          'Discrepancies',
          { head: 'Open', kind: 'n' },
          { head: 'Accepted', kind: 'n' },
          { head: 'Oldest open', kind: 't' },
        ],
        figures.map(({ check, class: is, open, accepted, oldest }) => [
          html`<a href="/reconciliation${query({ pipeline, check, class: is })}">${check} ${is}</a>`,
          ...[count(open), count(accepted), oldest === null ? '–' : since(oldest, nowMs)],
        ]),
        'By check and class',
      )
    }`;
}

const STATES = {
  running: ['warn', 'runs'],
  done: ['good', 'done'],
  stopped: ['idle', 'stopped'],
  failed: ['bad', 'failed'],
  dead: ['bad', 'was broken off'],
} as const;

function runCells(run: RunShown, nowMs: number): Part[] {
  const { check, state, by, startedAt, done, of, secondsLeft, found, settled, lastDoneAt } = run;
  const [kind, word] = STATES[state];
  return [
    check,
    html`${status(kind, word)} <small>${by}</small>`,
    since(startedAt, nowMs),
    of === null ? count(done) : `${count(done)} of ${count(of)}`,
    ...[secondsLeft === null ? '–' : duration(secondsLeft), count(found), count(settled)],
    besideWords(run),
    lastDoneAt === null ? 'never' : since(lastDoneAt, nowMs),
  ];
}

function besideWords({ counts, beyond, text }: RunShown): string {
  const words = Object.entries(counts).map(([kind, each]) => `${count(each)} ${kind}`);
  return [
    ...words,
    ...(beyond === 0 ? [] : [`${count(beyond)} more than are kept`]),
    ...(text === null ? [] : [text]),
  ].join(', ');
}

export function reconciliationContent(shown: Reconciliation, { query: asked, pipelines }: Asked, caller: Caller): Html {
  const { pipeline, asOf, total, checks } = shown;
  return html`<h1>Reconciliation</h1>
    <p class="sub">${pipeline}, as of ${time(asOf)}</p>
    ${choices(pipelines, pipeline, { to: (name) => `/reconciliation${query({ pipeline: name })}` })}
    <div data-live="/live/reconciliation${query({ pipeline })}">${runsPart(shown)}</div>
    ${checks.length > 0 && (caller.role === 'operator' ? running(checks, pipeline, caller) : onlyOperators(caller))}
    <h2>Discrepancies</h2>
    ${filterWords(asked, pipeline)}
    ${
      total === 0
        ? html`<p class="empty">None ${asked.state === 'open' ? 'is open' : `is ${asked.state}`} that matches.</p>`
        : html`<p>${plural(total, 'discrepancy', 'discrepancies')}, the most important first.</p>
            ${discrepanciesTable(shown)}
            ${pager(shown, (page) => `/reconciliation${query({ ...texts(asked), pipeline, page: String(page) })}`)}`
    }`;
}

const texts = ({ check, class: is, contract, state }: ReconciliationQuery) => ({ check, class: is, contract, state });

function filterWords(asked: ReconciliationQuery, pipeline: string): Html {
  const { check, class: is, contract, state } = asked;
  const words = [check, is, contract].filter((word) => word !== undefined);
  const all = (['open', 'accepted', 'repaired', 'closed'] as const).map(
    (each) =>
      html`${each !== 'open' && ' · '}${
        each === state
          ? html`<strong>${each}</strong>`
          : html`<a href="/reconciliation${query({ ...texts(asked), pipeline, state: each })}">${each}</a>`
      }`,
  );
  return html`<p class="choices">
    ${all}
    ${words.length > 0 && html`· ${words.join(' ')} <a href="/reconciliation${query({ pipeline, state })}">show all</a>`}
  </p>`;
}

const discrepanciesTable = ({ discrepancies, pipeline, asOf }: Reconciliation): Html =>
  table(
    ['What', 'Whose', 'Contract', 'At stake', { head: 'First seen', kind: 't' }, { head: 'Seen', kind: 't' }],
    discrepancies.map(({ id, check, class: is, aggregate, businessKey, contract, severity, firstSeen, lastSeen }) => [
      html`<a href="/reconciliation/one${query({ pipeline, id })}">${check} ${is}</a>`,
      `${aggregate} ${businessKey}`,
      ...[contract ?? '–', weight(severity), since(firstSeen, Date.parse(asOf)), time(lastSeen)],
    ]),
  );

const running = (checks: readonly string[], pipeline: string, caller: Caller): Html =>
  html`<div class="forms">
    <form method="post" action="/decide">
      <h3>Run a check</h3>
      <p>In this member, at the rate of the config. It goes on where the last run was broken off.</p>
      ${hiddenFields({ kind: 'check.run', pipeline })}
      <label for="check">Check</label>
      <select id="check" name="check">
        ${checks.map((check) => html`<option>${check}</option>`)}
      </select>
      <label><input type="checkbox" name="restart" value="yes" /> begin anew</label>
      ${reasonFields('run', caller)}
      <button>Run</button>
    </form>
  </div>`;
