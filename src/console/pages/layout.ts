/** What every page has around it. Pure. */
import { html, type Html, type Part } from '../../html.js';
import type { Caller } from '../../server/access.js';

/** Of the whole console. */
export interface Frame {
  readonly version: string;
  /** Address of a file of the console, by its name; with its content in it, so that it may be kept for ever. */
  readonly asset: (name: string) => string;
}

export interface PageOptions {
  readonly title: string;
  /** Address of the page in the navigation; empty: of none. */
  readonly at: string;
  /** Null: nobody is in. */
  readonly caller: Caller | null;
  /** Scripts of this page besides the one of all. */
  readonly scripts?: readonly string[];
  readonly body: Part;
}

const PAGES = [
  ['/', 'Flow'],
  ['/parked', 'Parked'],
  ['/waiting', 'Waiting'],
  ['/why', 'Why'],
  ['/migration', 'Migration'],
  ['/reconciliation', 'Reconciliation'],
  ['/contracts', 'Contracts'],
  ['/rules', 'Rules'],
  ['/commands', 'Decisions'],
] as const;

export const page = ({ version, asset }: Frame, { title, at, caller, scripts = [], body }: PageOptions): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Dragoman</title>
        <link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml" />
        <link rel="stylesheet" href="${asset('console.css')}" />
        ${scripts.map((name) => html`<script src="${asset(name)}" defer></script>`)}
        <script src="${asset('console.js')}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a class="brand" href="/">Dragoman</a>
          ${caller === null ? null : navigation(at)} ${caller === null ? null : who(caller)}
        </header>
        <main id="main" tabindex="-1">${body}</main>
        <footer>
          Dragoman ${version} · <a href="/api/v1/openapi.json">API</a> · times are UTC
          <span id="live" role="status"></span>
        </footer>
      </body>
    </html> `.text;

const navigation = (at: string): Html =>
  html`<nav aria-label="Pages">
    <ul>
      ${PAGES.map(
        ([address, name]) =>
          html`<li><a href="${address}" ${at === address && html`aria-current="page"`}>${name}</a></li>`,
      )}
    </ul>
  </nav>`;

const who = ({ name, role }: Caller): Html =>
  name === null
    ? html`<span class="who">this machine</span>`
    : html`<form class="who" method="post" action="/logout">
        <span>${name} <small>${role}</small></span> <button class="quiet">Log out</button>
      </form>`;

/** One thing that is said at the top of a page. */
export const notice = (kind: 'good' | 'bad' | 'note', text: Part): Html => html`<p class="notice ${kind}">${text}</p>`;
