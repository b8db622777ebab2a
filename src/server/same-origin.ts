/**
 * Whether a request that changes something comes from a page of ours, and not from another one that a browser shows: browsers say so by
 * `Origin` and `Sec-Fetch-Site`, which no page can set (OWASP, "CSRF Prevention", verifying origin; W3C Fetch Metadata). A request with
 * neither comes from no browser.
 */
import type { FastifyRequest } from 'fastify';

export function isFromOurPage(
  { headers, host }: Pick<FastifyRequest, 'headers' | 'host'>,
  publicUrl: string | null,
): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return true;
  return publicUrl === null ? hostOf(origin) === host : origin === new URL(publicUrl).origin;
}

/** With its port; null of one that is no address, such as `null` of a page without origin. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
