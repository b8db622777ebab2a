/** The offsets of one connector, by Connect's REST interface (KIP-875): read at any time, written while it is stopped. */
import { setTimeout as delay } from 'node:timers/promises';
import { E2eError } from '../e2e/e2e-error.js';
import type { Endpoints } from '../stack/provider.js';

/** As Connect gives and takes them; what is in them is the connector's own. */
export interface ConnectorOffsets {
  readonly offsets: readonly { readonly partition: unknown; readonly offset: unknown }[];
}

const ANSWER_MAX_MS = 60_000;
const POLL_MS = 250;

export class Offsets {
  readonly #place: string;

  constructor({ url }: Endpoints['connect'], connector: string) {
    this.#place = `${url}/connectors/${encodeURIComponent(connector)}`;
  }

  async read(): Promise<ConnectorOffsets> {
    return JSON.parse(await this.#ask('GET', '/offsets')) as ConnectorOffsets;
  }

  async write(offsets: ConnectorOffsets): Promise<void> {
    await this.#ask('PATCH', '/offsets', offsets);
  }

  async stop(): Promise<void> {
    await this.#ask('PUT', '/stop');
  }

  async resume(): Promise<void> {
    await this.#ask('PUT', '/resume');
  }

  /** Asked again while the worker is busy, or its tasks have not ended yet. @throws E2eError CONNECTOR_FAILED */
  async #ask(method: string, path: string, body?: unknown): Promise<string> {
    const deadline = Date.now() + ANSWER_MAX_MS;
    for (;;) {
      const answer = await fetch(`${this.#place}${path}`, {
        method,
        signal: AbortSignal.timeout(ANSWER_MAX_MS),
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch(() => undefined);
      const text = (await answer?.text().catch(() => '')) ?? 'no answer';
      if (answer?.ok === true) return text;
      if (Date.now() > deadline) {
        throw new E2eError('CONNECTOR_FAILED', `${method} ${path} of the connector: ${answer?.status ?? ''} ${text}`);
      }
      await delay(POLL_MS);
    }
  }
}
