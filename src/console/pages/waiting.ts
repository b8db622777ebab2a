/** The page of what is expected and has not happened: the longest overdue first, a page at a time, each with what it waits for. Pure. */
import type { WaitingPage, WaitingQuery, WaitingState } from '../answers/waiting.js';
import { html, type Html, type Part, query } from '../../html.js';
import { type Column, numbers, pager, prose, table } from '../table.js';
import { choices, conditionWords, count, duration, plural, status, time, weight } from '../words.js';
import { notice } from './layout.js';

export function waitingContent(shown: WaitingPage, asked: WaitingQuery, pipelines: readonly string[]): Html {
  const { pipeline, asOf, clock, facts, isAll, total } = shown;
  return html`<h1>Waiting</h1>
    <p class="sub">
      ${pipeline}, as of ${time(asOf)}${clock !== null && html` · the source’s time is decided up to ${time(clock)}`}
    </p>
    ${choices(pipelines, pipeline, { to: (name) => `/waiting${query({ pipeline: name })}` })}
    ${
      facts.length === 0
        ? html`<p class="empty">
            The rules expect nothing within a time. Say by when a milestone is to happen (docs/deadlines.md), and what
            waits for it stands here.
          </p>`
        : html`${factsTable(facts, asked)} ${behindNotice(facts)}
          ${!isAll && notice('note', 'More is expected than is read here: what is due latest, or became overdue latest, may be missing.')}
          ${filters(asked, shown)}
          ${total === 0 ? html`<p class="empty">Nothing waits${isFiltered(asked) && ' that matches'}.</p>` : waitingTable(shown, asked)}`
    }`;
}

const to = (asked: WaitingQuery, changes: Readonly<Record<string, string | number | undefined>>): string =>
  `/waiting${query({ ...asked, order: asked.order === 'due' ? undefined : asked.order, page: undefined, ...changes })}`;

const STATES: Readonly<Record<WaitingState, readonly ['good' | 'warn' | 'bad' | 'idle', string]>> = {
  overdue: ['bad', 'overdue'],
  behind: ['warn', 'not known yet'],
  awaited: ['idle', 'in time'],
};

const factsTable = (facts: WaitingPage['facts'], asked: WaitingQuery): Html =>
  table(
    ['Expected', 'Importance', ...['Within', 'Overdue', 'Not known yet', 'In time'].map(numbers)],
    facts.map(({ aggregate, fact, importance, withinSeconds, ...counts }) => {
      const of = { aggregate, fact, condition: undefined };
      const link = (state: WaitingState): Part =>
        counts[state] === 0 ? '0' : html`<a href="${to(asked, { ...of, state })}">${count(counts[state])}</a>`;
      return [
        html`<a href="${to(asked, { ...of, state: undefined })}">${fact}</a> <small>${aggregate}</small>`,
        ...[weight(importance), duration(withinSeconds), link('overdue'), link('behind'), link('awaited')],
      ];
    }),
    'What the rules expect',
  );

/** What is late because of us is told apart from what is overdue. */
function behindNotice(facts: WaitingPage['facts']): Html | null {
  const behind = facts.reduce((total, each) => total + each.behind, 0);
  if (behind === 0) return null;
  return notice(
    'note',
    `Of ${plural(behind, 'aggregate')} the time is over by the clock on the wall, and the source is not decided up to then: Dragoman is behind, or the source is quiet without heartbeats. Whether ${behind === 1 ? 'it is' : 'they are'} overdue is not known yet.`,
  );
}

const isFiltered = ({ aggregate, fact, state, condition }: WaitingQuery): boolean =>
  [aggregate, fact, state, condition].some((wanted) => wanted !== undefined);

const filters = (asked: WaitingQuery, { lookedAt }: WaitingPage): Html | false =>
  isFiltered(asked) &&
  html`<p class="choices">
    ${[asked.fact ?? asked.aggregate, asked.state && STATES[asked.state][1], asked.condition && `not “${asked.condition}”`].filter(Boolean).join(', ')}
    ${lookedAt !== null && `among the ${count(lookedAt)} that were looked at, those that are due first`} ·
    <a href="/waiting${query({ pipeline: asked.pipeline })}">show all</a>
  </p>`;

function waitingTable(shown: WaitingPage, asked: WaitingQuery): Html {
  const { pipeline, asOf, waiting } = shown;
  const head = (words: string, order: WaitingQuery['order'], kind?: 't'): Column => {
    const isLast = order === 'due' && asked.order === 'last due';
    const next = order === 'due' && asked.order === 'due' ? 'last due' : order;
    return {
      ...{ head: html`<a href="${to(asked, { order: next })}">${words}</a>`, kind },
      sorted: isLast ? 'descending' : asked.order === order ? 'ascending' : undefined,
    };
  };
  const heads: (string | Column)[] = [
    ...[head('Aggregate', 'key', 't'), 'Standing', head('Due', 'due', 't'), head('Expected', 'fact')],
    prose('What it waits for'),
  ];
  const rows = waiting.map((one) => [
    html`<a href="/why${query({ pipeline, aggregate: one.aggregate, id: one.id })}">${one.aggregate} ${one.id}</a>`,
    standing(one),
    html`${time(one.due)}<br /><small
        >since ${time(one.since)}, ${duration((Date.parse(asOf) - Date.parse(one.since)) / 1_000)}</small
      >`,
    one.fact,
    conditions(one),
  ]);
  return html`${table(heads, rows)} ${pager(shown, (page) => to(asked, { page }))}`;
}

function standing({ state, overdueSeconds, isParked }: WaitingPage['waiting'][number]): Html {
  const [kind, words] = STATES[state];
  return html`${status(kind, overdueSeconds === null ? words : `${words} by ${duration(overdueSeconds)}`)}
  ${isParked && html`<div>${status('bad', 'parked')}</div>`}`;
}

const conditions = ({ conditions: all }: WaitingPage['waiting'][number]): Part =>
  all.length === 0
    ? 'nothing any more: the next transaction of it decides'
    : all.map(({ name, holds }) => html`<div>${conditionWords({ name, holds })}</div>`);
