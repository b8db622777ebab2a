/** A page as one HTML file that needs no other: light and dark by the reader's setting, no script, nothing from elsewhere. Pure. */
import { html, Html } from '../../html.js';
import type { Block, Cell, Page, Section } from './page.js';

export const htmlPage = ({ title, sub, notice, sections }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${sub !== '' && html`<p class="sub">${sub}</p>`}
          ${notice !== null && html`<p class="notice" role="note">${notice}</p>`} ${sections.map(sectionHtml)}
        </main>
      </body>
    </html> `.text;

const sectionHtml = ({ heading, blocks }: Section): Html =>
  html`<section>${heading !== '' && html`<h2>${heading}</h2>`} ${blocks.map(blockHtml)}</section> `;

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'words':
      return html`<p>${block.words}</p> `;
    case 'list':
      return html`<ul>
        ${block.entries.map((entry) => html`<li>${entry}</li> `)}
      </ul> `;
    case 'table':
      return html`<div class="wide" tabindex="0">
        <table>
          <thead>
            <tr>
              ${block.heads.map((head) => html`<th scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${block.rows.map(
              (cells) =>
                html`<tr>
                  ${cells.map((cell) => html`<td>${cellHtml(cell)}</td>`)}
                </tr> `,
            )}
          </tbody>
        </table>
      </div> `;
    case 'code':
      return html`<pre tabindex="0"><code>${block.code}</code></pre> `;
  }
}

function cellHtml(cell: Cell): Html | string {
  if (typeof cell === 'string') return cell;
  return 'code' in cell ? html`<code>${cell.code}</code>` : html`<a href="${cell.to}.html">${cell.text}</a>`;
}

const STYLE = `
:root { color-scheme: light dark; --paper: #fbfbfa; --ink: #1d2733; --soft: #5a6675; --line: #dfe3e8; --link: #17567f; --card: #ffffff; --warn: #7a4a00; --warn-paper: #fdf5e6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e3e8ee; --soft: #9aa7b5; --line: #303843; --link: #86bfe6; --card: #1b2027; --warn: #e8c27a; --warn-paper: #2d2618; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 0.5rem; }
p { margin: 0.5rem 0; max-width: 46rem; }
ul { margin: 0.5rem 0; padding-left: 1.2rem; max-width: 46rem; }
li { margin: 0.3rem 0; }
a { color: var(--link); text-underline-offset: 2px; }
.sub { color: var(--soft); }
.notice { border: 1px solid var(--warn); background: var(--warn-paper); color: var(--warn); padding: 0.6rem 0.9rem; border-radius: 6px; font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
code, pre { font: 0.85rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
td code { white-space: nowrap; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 0.8rem 1rem; overflow-x: auto; margin: 0.5rem 0; }
:focus-visible { outline: 2px solid var(--link); }
`;
