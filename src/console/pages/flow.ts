/** The page of the flow: pipelines, how far they are behind, what is held and parked, and what was published. Its content is sent again as it changes. Pure. */
import type { Flow, PipelineFlow, PublishedSeries, SourceFlow, TaskFlow } from '../answers/flow.js';
import { html, type Html, query } from '../../html.js';
import { line, numbers, prose, table } from '../table.js';
import { sum } from '../watch/minutes.js';
import { notice } from './layout.js';
import { choices, count, duration, plural, since, status, time } from '../words.js';

/** @param by name of a context by which events are told apart; empty: by none. */
export function flowContent(flow: Flow, by: string, contexts: readonly string[]): Html {
  const nowMs = Date.parse(flow.asOf);
  return html`<h1>Flow</h1>
    <p class="sub">as of ${time(flow.asOf)}</p>
    ${
      flow.pipelines.length === 0 &&
      notice('note', 'The config has no pipeline. Add one under `pipelines`, and start `dragoman run` again.')
    }
    ${flow.pipelines.map((each) => pipelineSection(each, nowMs))} ${publishedSection(flow, by, contexts)}`;
}

function pipelineSection({ pipeline, tasks, sources, parked, problem }: PipelineFlow, nowMs: number): Html {
  const failures = tasks.flatMap(({ task, failure }) => (failure === null ? [] : [{ task, ...failure }]));
  return html`<section aria-label="Pipeline ${pipeline}">
    <h2>${pipeline} ${tasks.map((task) => taskStatus(task, tasks.length > 1))}</h2>
    ${problem !== null && notice('note', problem)}
    ${failures.map(({ task, code, text }) =>
      notice('bad', html`<strong>${code}</strong> ${tasks.length > 1 && `${task}: `}${text}`),
    )}
    ${table(
      ['Source', ...['Behind, records', 'Behind, time', 'Open transactions', 'Rows held'].map(numbers)],
      sources.map(({ source, lagRecords, lagSeconds, openTransactions, heldRows }) => [
        ...[source, count(lagRecords), duration(lagSeconds), count(openTransactions), count(heldRows)],
      ]),
      `Sources of ${pipeline}`,
    )}
    ${heldTable(pipeline, sources, nowMs)} ${parkedLine(pipeline, parked)}
  </section>`;
}

const STATES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = { running: 'good', paused: 'bad' };

function taskStatus({ task, state, reason }: TaskFlow, isNamed: boolean): Html {
  const name = isNamed ? `${task} ` : '';
  if (state === null) return status('idle', `${name}not run by this member`);
  return status(STATES[state] ?? 'warn', `${name}${state}${reason === null ? '' : `: ${reason}`}`);
}

function heldTable(pipeline: string, sources: readonly SourceFlow[], nowMs: number): Html {
  const held = sources.flatMap(({ source, held: all }) => all.map((each) => ({ source, ...each })));
  if (held.length === 0) return html`<p>No transaction is held.</p>`;
  return html`<h3>Held transactions</h3>
    ${table(
      ['Transaction', prose('Why'), line('Since'), line(html`<span class="hidden">Decide</span>`)],
      held.map(({ source, transaction, code, text, isWaitedFor, sinceMs }) => [
        `${source} ${transaction}`,
        html`<strong>${code}</strong> ${text} ${isWaitedFor && 'What comes after it waits.'}`,
        sinceMs === null ? '–' : since(new Date(sinceMs).toISOString(), nowMs),
        html`<a href="/transactions/one${query({ pipeline, source, transaction })}">Decide</a>`,
      ]),
    )}`;
}

function parkedLine(pipeline: string, parked: PipelineFlow['parked']): Html {
  if (parked === null) return html`<p>What is parked is not known.</p>`;
  if (parked.total === 0) return html`<p>Nothing is parked.</p>`;
  const codes = Object.entries(parked.byCode).sort(([, a], [, b]) => b - a);
  return html`<p>
    <a href="/parked${query({ pipeline })}">${count(parked.total)} parked</a>:
    ${codes.map(([code, each]) => `${count(each)} ${code}`).join(', ')}
  </p>`;
}

function publishedSection({ published }: Flow, by: string, contexts: readonly string[]): Html {
  const { series, minutesFrom, uncounted } = published;
  const names = ['', ...contexts];
  const shown = series.filter(({ name, counts }) => name === by && sum(counts) > 0);
  return html`<section aria-label="Published events">
    <h2>Published in the last hour</h2>
    ${choices(names, by, {
      to: (name) => `/${query({ by: name })}`,
      called: (name) => (name === '' ? 'all' : `by ${name}`),
    })}
    ${shown.length === 0 ? nothingPublished(published.since) : [chart(minutesFrom, shown), publishedTable(shown, by)]}
    ${uncounted > 0 && html`<p>${plural(uncounted, 'event')} of further values are not told apart here.</p>`}
  </section>`;
}

const nothingPublished = (iso: string): Html =>
  html`<p class="empty">
    This member has published nothing since ${time(iso)}. If you expect events, look at what is held above and at
    <a href="/parked">Parked</a>.
  </p>`;

const named = ({ event, version, value }: PublishedSeries): string =>
  [event, version === 1 ? '' : `v${version}`, value].filter((word) => word !== '').join(' ');

/** More lines than this are not told apart by anybody. */
const LINES_MAX = 8;

function chart(minutesFrom: string, all: readonly PublishedSeries[]): Html {
  const most = [...all].sort((a, b) => sum(b.counts) - sum(a.counts)).slice(0, LINES_MAX);
  const drawn = {
    from: Date.parse(minutesFrom),
    lines: most.map((each) => ({ label: named(each), counts: each.counts })),
  };
  return html`<div
    class="chart"
    role="img"
    aria-label="Events in each minute of the last hour; the table below has the numbers"
    data-chart="${JSON.stringify(drawn)}"
  ></div>`;
}

const publishedTable = (all: readonly PublishedSeries[], by: string): Html =>
  table(
    ['Event', ...(by === '' ? [] : [by]), ...['Last minute', 'Last hour'].map(numbers)],
    all.map(({ event, version, value, counts }) => [
      html`${event} ${version > 1 && html`<small>v${version}</small>`}`,
      ...(by === '' ? [] : [value]),
      ...[count(counts.at(-2) ?? 0), count(sum(counts))],
    ]),
  );
