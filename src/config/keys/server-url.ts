/**
 * Addresses of servers as URLs. In: the text; out: what is wrong with it, in words that never repeat it, because it may hold a password.
 * What stands before the last `@` is user name and password, and has to be percent-encoded (RFC 3986, 3.2.1).
 */

/** Without them a URL ends, or goes on as something else. */
const UNENCODED = /[\s/?#[\]\\]|%(?![0-9A-Fa-f]{2})/;

/** @param schemes `redis`, `rediss`. Null: nothing is wrong. */
export function urlProblem(url: string, schemes: readonly string[]): string | null {
  const expected = `expected ${schemes.map((scheme) => `${scheme}://host:port`).join(' or ')}`;
  const [scheme = '', rest] = url.split(/:\/\/(.*)/s);
  if (rest === undefined || !schemes.includes(scheme)) return expected;
  const at = rest.lastIndexOf('@');
  if (at >= 0 && !isEncoded(rest.slice(0, at))) return UNENCODED_HINT;
  return isUrl(url) ? null : expected;
}

const UNENCODED_HINT =
  'the user name or password in it is not percent-encoded: write % as %25, / as %2F, # as %23, ? as %3F, a space as %20';

function isEncoded(login: string): boolean {
  if (UNENCODED.test(login)) return false;
  try {
    decodeURIComponent(login);
    return true;
  } catch {
    return false; // bytes that are no UTF-8
  }
}

function isUrl(url: string): boolean {
  try {
    return new URL(url).hostname !== '';
  } catch {
    return false; // a port over 65535, for example
  }
}
