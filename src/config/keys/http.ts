/** Keys under `http`, and which addresses only this machine reaches. */
import { z } from 'zod';
import { key, optionalText, serverUrl, whole } from './key.js';

export const httpKeys = z
  .strictObject({
    host: key(
      z.string().min(1).default('127.0.0.1'),
      'Address for metrics, probes and the console. Any but the loopback needs `http.tokensFile` or `http.metricsOpen`.',
    ),
    port: key(whole(0, 65_535).default(9464), 'Port for metrics, probes and the console; 0 takes a free one.'),
    tokensFile: key(
      optionalText(),
      'File of tokens (`dragoman token` makes them), read again when it changes. When set, `/metrics` needs the role `metrics`, the console and `/held` the role `viewer`, what changes something the role `operator`; each role may what those before it may.',
    ),
    metricsOpen: key(
      z.boolean().default(false),
      'Whoever reaches the port may read `/metrics` without a token; all else still needs one.',
    ),
    console: key(
      z.boolean().default(true),
      'Serve the console (web pages, and the API under `/api/v1`) beside metrics and probes.',
    ),
    publicUrl: key(
      serverUrl(['http', 'https']).nullable().default(null),
      'Address by which browsers reach this member, when it is another than they see in the request (a proxy with TLS). With `https` the cookie of a session is `Secure`; actions are taken from pages of this address alone.',
    ),
    personalValues: key(
      z.boolean().default(false),
      "Operators may ask the console for values of personal columns and of the rules' own classes; each time is logged. Values of secret columns are never shown.",
    ),
  })
  .prefault({});

/** True when no other machine can connect. A name other than `localhost` may resolve to anything. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
