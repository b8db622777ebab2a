/** The page of what is parked: the most important first, a page at a time. Pure. */
import type { ParkedPage, ParkedQuery } from '../answers/parked.js';
import { html, type Html, query } from '../../html.js';
import { line, numbers, pager, table } from '../table.js';
import { choices, count, plural, since, time, weight } from '../words.js';

export function parkedContent(shown: ParkedPage, asked: ParkedQuery, pipelines: readonly string[]): Html {
  const { asOf, total, byCode, bySeverity, parked, pipeline } = shown;
  const isFiltered = [asked.code, asked.severity, asked.aggregate].some((wanted) => wanted !== undefined);
  const nowMs = Date.parse(asOf);
  return html`<h1>Parked</h1>
    <p class="sub">${pipeline}, as of ${time(asOf)}</p>
    ${choices(pipelines, pipeline, { to: (name) => `/parked${query({ pipeline: name })}` })}
    ${
      isFiltered &&
      html`<p class="choices">
        ${[asked.code, asked.severity && `severity ${asked.severity}`, asked.aggregate].filter(Boolean).join(', ')} ·
        <a href="/parked${query({ pipeline: asked.pipeline })}">show all</a>
      </p>`
    }
    ${
      total === 0
        ? html`<p class="empty">
            ${isFiltered ? 'Nothing is parked that matches.' : 'Nothing is parked. There is nothing to do here.'}
          </p>`
        : html`<p>
              ${plural(total, 'aggregate')}: ${links(byCode, (code) => query({ ...asked, code, page: undefined }))}. At
              stake: ${links(bySeverity, (severity) => query({ ...asked, severity, page: undefined }))}.
            </p>
            ${parkedTable(parked, asked, nowMs)} ${pager(shown, (page) => `/parked${query({ ...asked, page })}`)}`
    }`;
}

const links = (counts: Readonly<Record<string, number>>, to: (name: string) => string): readonly Html[] =>
  Object.entries(counts).map(
    ([name, each], i) => html`${i > 0 && ', '}<a href="/parked${to(name)}">${count(each)} ${name}</a>`,
  );

const parkedTable = (parked: ParkedPage['parked'], { pipeline }: ParkedQuery, nowMs: number): Html =>
  table(
    ['Aggregate', 'At stake', 'Why', line('Since'), numbers('Waiting')],
    parked.map(({ aggregate, id, severity, code, since: iso, waiting }) => [
      html`<a href="/parked/one${query({ pipeline, aggregate, id })}">${aggregate} ${id}</a>`,
      weight(severity),
      ...[code, since(iso, nowMs), count(waiting)],
    ]),
  );
