/** Tables of the console, and the pages of a long one. The first cell of a row is its head. What is wider than the page is scrolled by itself. Pure. */
import { html, type Html, type Part } from '../html.js';
import { count } from './words.js';

export interface Column {
  readonly head: Part;
  /** `n`: numbers. `t`: one line, as times are. `prose`: sentences. */
  readonly kind?: 'n' | 't' | 'prose' | undefined;
  /** The rows stand in its order. */
  readonly sorted?: 'ascending' | 'descending' | undefined;
}

/** Heads of columns. */
export const numbers = (head: Part): Column => ({ head, kind: 'n' });
export const line = (head: Part): Column => ({ head, kind: 't' });
export const prose = (head: Part): Column => ({ head, kind: 'prose' });

/** @param caption for who does not see where the table stands. */
export function table(
  heads: readonly (string | Column)[],
  rows: readonly (readonly Part[])[],
  caption: string | null = null,
): Html {
  const columns = heads.map((head): Column => (typeof head === 'string' ? { head } : head));
  const of = (i: number): Html | undefined => classOf(columns[i]?.kind);
  return html`<div class="scroll">
    <table>
      ${
        caption !== null &&
        html`<caption class="hidden">
          ${caption}
        </caption>`
      }
      <thead>
        <tr>
          ${columns.map(
            ({ head, sorted }, i) =>
              html`<th scope="col" ${of(i)}${sorted !== undefined && html` aria-sort="${sorted}"`}>${head}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, i) =>
                i === 0 ? html`<th scope="row" ${of(i)}>${cell}</th>` : html`<td${of(i)}>${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const classOf = (kind: Column['kind']): Html | undefined => (kind === undefined ? undefined : html` class="${kind}"`);

/** Nothing, when there is one page. @param to address of a page by its number. */
export function pager(
  { page, pages }: { readonly page: number; readonly pages: number },
  to: (page: number) => string,
): Html | null {
  if (pages <= 1) return null;
  const link = (number: number, words: string, rel: string): Html =>
    html`<a rel="${rel}" href="${to(number)}">${words}</a>`;
  return html`<nav class="pager" aria-label="Pages of the list">
    ${page > 1 && link(page - 1, '‹ before', 'prev')} <span>page ${count(page)} of ${count(pages)}</span>
    ${page < pages && link(page + 1, 'after ›', 'next')}
  </nav>`;
}
