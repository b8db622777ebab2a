/** The page on which a token becomes a session, and the one that says what went wrong. Pure. */
import { titleOf } from '../../server/access.js';
import { html, type Html } from '../../html.js';
import { notice } from './layout.js';

export interface LoginOptions {
  /** Where to go then: a path of ours. */
  readonly to: string;
  /** There is nothing to log in with. */
  readonly hasTokens: boolean;
  readonly problem: string | null;
}

export const loginContent = ({ to, hasTokens, problem }: LoginOptions): Html =>
  html`<h1>Log in</h1>
    ${problem !== null && notice('bad', problem)}
    ${
      hasTokens
        ? html`<form class="login" method="post" action="/login">
            <input type="hidden" name="to" value="${to}" />
            <label for="token">Token</label>
            <input id="token" name="token" type="password" required autocomplete="current-password" autofocus />
            <small>Of <code>dragoman token viewer</code>, or <code>dragoman token operator</code> to decide too.</small>
            <button>Log in</button>
          </form>`
        : notice(
            'note',
            'No tokens are configured: set http.tokensFile, and make one with `dragoman token viewer --name you`.',
          )
    }`;

export const problemContent = (status: number, words: string, code: string | null): Html =>
  html`<h1>${titleOf(status)}</h1>
    ${notice('bad', html`${code !== null && html`<strong>${code}</strong> `}${words}`)}
    <p><a href="/">Flow</a></p>`;
