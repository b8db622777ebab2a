/** The page of what is parked: the most important first, a page at a time. Pure. */
import type { ParkedPage, ParkedQuery } from '../answers/parked.js';
import { html, type Html, query } from '../html.js';
import { count, plural, since, time } from '../words.js';

export function parkedContent(shown: ParkedPage, asked: ParkedQuery, pipelines: readonly string[]): Html {
  const { asOf, total, byCode, bySeverity, parked, pipeline } = shown;
  const isFiltered = [asked.code, asked.severity, asked.aggregate].some((wanted) => wanted !== undefined);
  const nowMs = Date.parse(asOf);
  return html`<h1>Parked</h1>
    <p class="sub">${pipeline}, as of ${time(asOf)}</p>
    ${pipelines.length > 1 && html`<p class="choices">${pipelines.map((name) => (name === pipeline ? html`<strong>${name}</strong> ` : html`<a href="/parked${query({ pipeline: name })}">${name}</a> `))}</p>`}
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
            ${table(parked, asked, nowMs)} ${pager(shown, asked)}`
    }`;
}

const links = (counts: Readonly<Record<string, number>>, to: (name: string) => string): readonly Html[] =>
  Object.entries(counts).map(
    ([name, each], i) => html`${i > 0 && ', '}<a href="/parked${to(name)}">${count(each)} ${name}</a>`,
  );

const table = (parked: ParkedPage['parked'], { pipeline }: ParkedQuery, nowMs: number): Html =>
  html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Aggregate</th>
          <th scope="col">At stake</th>
          <th scope="col">Why</th>
          <th scope="col">Since</th>
          <th scope="col" class="n">Waiting</th>
        </tr>
      </thead>
      <tbody>
        ${parked.map(
          ({ aggregate, id, severity, code, since: iso, waiting }) =>
            html`<tr>
              <th scope="row"><a href="/parked/one${query({ pipeline, aggregate, id })}">${aggregate} ${id}</a></th>
              <td><span class="severity ${severity}">${severity}</span></td>
              <td>${code}</td>
              <td class="t">${since(iso, nowMs)}</td>
              <td class="n">${count(waiting)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

function pager({ page, pages }: ParkedPage, asked: ParkedQuery): Html | null {
  if (pages <= 1) return null;
  const to = (number: number, words: string, rel: string): Html =>
    html`<a rel="${rel}" href="/parked${query({ ...asked, page: number })}">${words}</a>`;
  return html`<nav class="pager" aria-label="Pages of the list">
    ${page > 1 && to(page - 1, '‹ before', 'prev')} <span>page ${count(page)} of ${count(pages)}</span>
    ${page < pages && to(page + 1, 'after ›', 'next')}
  </nav>`;
}
