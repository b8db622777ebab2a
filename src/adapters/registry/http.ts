/** Asks a schema registry by HTTP. What passes by itself is tried a few times; what a person has to settle is said at once. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryConfig } from '../../config/schema.js';
import { tlsFailure } from '../../config/tls-failure.js';
import { DragomanError } from '../../errors.js';

export interface Answer {
  readonly status: number;
  /** Parsed. */
  readonly body: unknown;
}

const ATTEMPTS_MAX = 4;
const FIRST_WAIT_MS = 200;
/** An answer is one schema; the largest that a table gives has some 100 kB. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const SOCKETS_MAX = 4;
const ACCEPTED = 'application/vnd.schemaregistry.v1+json, application/json';

type Settings = Pick<RegistryConfig, 'username' | 'password' | 'token' | 'caFile' | 'timeoutMs'> & {
  readonly url: string;
};

export class RegistryHttp {
  /** For people: without login. */
  readonly address: string;
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #isSecure: boolean;
  readonly #agent: HttpAgent;

  /** @throws DragomanError CONFIG_INVALID */
  constructor(settings: Settings) {
    const { url, caFile, timeoutMs } = settings;
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    this.#headers = { accept: ACCEPTED, ...loginOf(settings, this.#base) };
    this.#base.username = this.#base.password = '';
    this.address = this.#base.host;
    this.#timeoutMs = timeoutMs;
    this.#isSecure = this.#base.protocol === 'https:';
    const kept = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.#agent = this.#isSecure
      ? new HttpsAgent({ ...kept, ...(caFile === null ? {} : { ca: pem(caFile) }) })
      : new HttpAgent(kept);
  }

  /**
   * @param path under the address, its parts encoded.
   * @param body absent: GET; else POST.
   * @returns what it said with a status below 500, a refused login apart.
   * @throws DragomanError REGISTRY_UNREACHABLE, REGISTRY_REFUSED, CERTIFICATE_REFUSED
   */
  async ask(path: string, body?: unknown): Promise<Answer> {
    let seen = '';
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      if (attempt > 1) await delay(FIRST_WAIT_MS * 2 ** (attempt - 2));
      try {
        const answer = await this.#once(path, body);
        if (answer.status < 500 && answer.status !== 429) return this.#understood(path, answer);
        seen = `it answers ${answer.status}`;
      } catch (cause) {
        if (cause instanceof DragomanError) throw cause;
        const certificate = tlsFailure(cause);
        if (certificate !== null) throw this.#refused('CERTIFICATE_REFUSED', certificate, cause);
        seen = reasonOf(cause);
      }
    }
    throw new DragomanError(
      'REGISTRY_UNREACHABLE',
      `The schema registry at ${this.address} cannot be reached: ${seen} (${path}, tried ${ATTEMPTS_MAX} times). What needs a schema waits, and it is asked again.`,
      { details: { path } },
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  #understood(path: string, { status, text }: { readonly status: number; readonly text: string }): Answer {
    if (status === 401 || status === 403)
      throw this.#refused(
        'REGISTRY_REFUSED',
        `it answers ${status} to ${path}: look at registry.username, registry.password and registry.token`,
      );
    try {
      return { status, body: JSON.parse(text) as unknown };
    } catch (cause) {
      throw this.#refused(
        'REGISTRY_REFUSED',
        `what it answers to ${path} (${status}) is not JSON: look at registry.url; with Apicurio it ends in /apis/ccompat/v7`,
        cause,
      );
    }
  }

  #once(path: string, body: unknown): Promise<{ readonly status: number; readonly text: string }> {
    const sent = body === undefined ? null : JSON.stringify(body);
    const content =
      sent === null
        ? {}
        : { 'content-type': 'application/vnd.schemaregistry.v1+json', 'content-length': Buffer.byteLength(sent) };
    const options = {
      method: sent === null ? 'GET' : 'POST',
      agent: this.#agent,
      headers: { ...this.#headers, ...content },
      signal: AbortSignal.timeout(this.#timeoutMs),
    };
    return new Promise((resolve, reject) => {
      const send = this.#isSecure ? httpsRequest : httpRequest;
      const asked = send(new URL(path, this.#base), options, (answer) => {
        textOf(answer, () =>
          this.#refused('REGISTRY_REFUSED', `its answer to ${path} has more than ${ANSWER_BYTES_MAX} bytes`),
        ).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
      });
      asked.once('error', reject);
      asked.end(sent ?? undefined);
    });
  }

  #refused(code: 'REGISTRY_REFUSED' | 'CERTIFICATE_REFUSED', why: string, cause?: unknown): DragomanError {
    return new DragomanError(code, `The schema registry at ${this.address}: ${why}.`, { cause });
  }
}

async function textOf(answer: IncomingMessage, tooLarge: () => DragomanError): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A login in the address counts as user name and password. */
function loginOf({ username, password, token }: Settings, url: URL): { readonly authorization?: string } {
  if (token !== null) return { authorization: `Bearer ${token}` };
  const [user, secret] = url.username === '' ? [username, password] : [plain(url.username), plain(url.password)];
  return user === null ? {} : { authorization: `Basic ${Buffer.from(`${user}:${secret ?? ''}`).toString('base64')}` };
}

/** What is encoded wrongly stands for itself. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'it does not answer in time';
  const { code } = cause as { readonly code?: unknown };
  return cause.message === '' ? String(code) : cause.message;
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DragomanError('CONFIG_INVALID', `registry.caFile: ${file} cannot be read.`, { cause });
  }
}
