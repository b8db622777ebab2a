/** Records in Avro as JSON texts, read by avsc and a registry's REST interface: for those who watch a run without Dragoman. Decimals and other bytes are not told. */
import type { Type } from 'avsc';
import { stringify } from 'lossless-json';
import { avscType } from './types.js';

interface Registered {
  readonly schema: string;
  readonly references?: readonly { readonly subject: string; readonly version: number }[] | null;
}

const HEAD = 5;

export class AvroReader {
  readonly #url: string;
  readonly #types = new Map<number, Promise<Type>>();

  /** @param url with the API of Confluent's. */
  constructor(url: string) {
    this.#url = url;
  }

  /** What is not framed is given as it is. */
  async text(value: Buffer): Promise<string> {
    if (value[0] !== 0) return value.toString();
    const id = value.readUInt32BE(1);
    const known = this.#types.get(id) ?? this.#typeOf(id);
    this.#types.set(id, known);
    known.catch(() => this.#types.delete(id)); // asked again
    return stringify((await known).fromBuffer(value.subarray(HEAD))) ?? 'null';
  }

  async #typeOf(id: number): Promise<Type> {
    const registered = await this.#get(`schemas/ids/${id}`);
    return avscType(registered.schema, await this.#references(registered));
  }

  async #references({ references }: Registered): Promise<string[]> {
    const texts: string[] = [];
    for (const { subject, version } of references ?? []) {
      const found = await this.#get(`subjects/${encodeURIComponent(subject)}/versions/${version}`);
      texts.push(...(await this.#references(found)), found.schema);
    }
    return texts;
  }

  async #get(path: string): Promise<Registered> {
    const answer = await fetch(`${this.#url}/${path}`);
    if (!answer.ok) throw new TypeError(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Registered;
  }
}
