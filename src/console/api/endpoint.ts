/** One address of the API as data: what it takes, who may ask, what it answers. Requests are checked by it, and OpenAPI is made of it. */
import type { z } from 'zod';
import { DragomanError } from '../../errors.js';
import type { Caller } from '../../server/access.js';
import type { Role } from '../../server/tokens.js';

/** Below this the API is; another major version would be beside it. */
export const API = '/api/v1';

interface Described {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly needs: Exclude<Role, 'metrics'>;
  readonly summary: string;
}

export interface EndpointOptions<Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> extends Described {
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  readonly ask: (asked: {
    readonly query: z.output<Q>;
    readonly body: z.output<B>;
    readonly caller: Caller;
  }) => Promise<z.output<A>>;
}

export interface Endpoint extends Described {
  /** Null: it takes none. */
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  readonly answer: z.ZodType;
  /** @throws DragomanError COMMAND_INVALID when the request does not fit */
  readonly ask: (query: unknown, body: unknown, caller: Caller) => Promise<unknown>;
}

export const endpoint = <Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  options: EndpointOptions<Q, B, A>,
): Endpoint => ({
  ...options,
  query: options.query ?? null,
  body: options.body ?? null,
  ask: (query, body, caller) =>
    options.ask({
      query: checked(options.query, query) as z.output<Q>,
      body: checked(options.body, body) as z.output<B>,
      caller,
    }),
});

/** @throws DragomanError COMMAND_INVALID, which names what does not fit and repeats no value */
export function checked<S extends z.ZodType>(schema: S | undefined, given: unknown): z.output<S> | undefined {
  if (schema === undefined) return undefined;
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  const words = error.issues.map(({ path, message: text }) =>
    path.length === 0 ? text : `${path.join('.')}: ${text}`,
  );
  throw new DragomanError('COMMAND_INVALID', `The request does not fit: ${words.join('; ')}.`);
}
