/** How tests ask the console of a member: as programs do, with a token, and as browsers do, with a cookie. */
import { expect } from 'vitest';
import type { Role } from '../../../src/server/tokens.js';
import type { MemberConsole } from './member-console.js';

/** @param member as it is then. */
export function askedOf(member: () => MemberConsole) {
  /** @param role null: without a token. @param body absent: GET. */
  const call = (path: string, role: Role | null = 'viewer', body?: object): Promise<Response> =>
    fetch(`${member().url}${path}`, {
      headers: {
        ...(role !== null && { authorization: `Bearer ${member().tokens[role] ?? ''}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
  const api = (path: string, ...more: [role?: Role | null, body?: object]): Promise<Response> =>
    call(`/api/v1${path}`, ...more);
  /** What a browser sends. */
  const post = (path: string, fields: Readonly<Record<string, string>>, cookie = ''): Promise<Response> =>
    fetch(`${member().url}${path}`, {
      method: 'POST',
      headers: { cookie, origin: member().url, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
  return {
    api,
    answered: async (...asked: Parameters<typeof api>): Promise<unknown> => {
      const reply = await api(...asked);
      expect([asked[0], reply.status]).toEqual([asked[0], 200]);
      return reply.json();
    },
    page: async (path: string, role: Role = 'viewer'): Promise<string> => {
      const reply = await call(path, role);
      expect([path, reply.status]).toEqual([path, 200]);
      return reply.text();
    },
    get: (path: string, cookie = ''): Promise<Response> =>
      fetch(`${member().url}${path}`, { headers: { cookie }, redirect: 'manual' }),
    post,
    /** @returns the cookie. */
    logIn: async (role: Role): Promise<string> =>
      (await post('/login', { token: member().tokens[role] ?? '' })).headers.get('set-cookie')?.split(';')[0] ?? '',
  };
}
