/** What went wrong, as HTTP says it: errors of Dragoman by code and disposition, those of fastify by their status, and faults of ours without words. */
import type { FastifyRequest } from 'fastify';
import { DragomanError } from '../errors.js';

export interface Wrong {
  readonly status: number;
  /** Of docs/errors.md; null: none. */
  readonly code: string | null;
  /** For people; null: no more than the status says. */
  readonly words: string | null;
}

export function wrongOf(error: unknown, { method }: Pick<FastifyRequest, 'method'>): Wrong {
  if (error instanceof DragomanError)
    return { status: statusOf(error, method), code: error.code, words: error.message };
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return { status: status >= 400 && status < 600 ? status : 500, code: null, words: null };
}

function statusOf({ code, disposition }: DragomanError, method: string): number {
  if (code === 'COMMAND_INVALID') return 400;
  // What is asked for is not there; what is to be done cannot be done.
  if (code === 'COMMAND_REFUSED') return method === 'GET' ? 404 : 409;
  if (disposition === 'retry') return 503;
  return disposition === 'refuse' ? 409 : 500;
}
