/** What each cell of a state topic was, one after the other, and Redis held against it: at its marker every cell is the one that the topic has. */
import { cellKey, cellOf } from '../../src/pipeline/state/cells.js';
import { decodeMarker } from '../../src/pipeline/state/marker.js';
import type { Cells } from './awaiting.js';
import type { LogEntry } from './kafka/partition-log.js';
import type { RedisServer } from './redis/server.js';

/** Text of a cell (null: none) from an offset of its partition on. */
interface Version {
  readonly partition: number;
  readonly offset: number;
  readonly text: string | null;
}

export class CellVersions implements Cells {
  readonly #redisPrefix: string;
  /** By the key of its records. */
  readonly #versions = new Map<string, Version[]>();
  #stored = 0;
  /** How Redis stood when it was looked at last: most scripts only read. */
  #lookedAt = '';

  /** @param redisPrefix of its keys in Redis. */
  constructor(redisPrefix: string) {
    this.#redisPrefix = redisPrefix;
  }

  stored(partition: number, { key, value, offset }: LogEntry): void {
    const versions = this.#versions.get(key ?? '') ?? [];
    this.#versions.set(key ?? '', versions);
    versions.push({ partition, offset, text: value });
    this.#stored += 1;
  }

  get(hash: string, field: string): string | null {
    return this.#versions.get(cellKey({ hash, field }))?.at(-1)?.text ?? null;
  }

  /** The last text that it had; undefined: it never had one. */
  lastText(hash: string, field: string): string | undefined {
    const versions = this.#versions.get(cellKey({ hash, field })) ?? [];
    return versions.findLast(({ text }) => text !== null)?.text ?? undefined;
  }

  *all(): Generator<readonly [hash: string, field: string, text: string]> {
    for (const [key, text] of this.texts()) {
      const { hash, field } = cellOf({ key, value: null });
      if (text !== null) yield [hash, field, text];
    }
  }

  /** By key, those that are gone too. */
  *texts(): Generator<readonly [key: string, text: string | null]> {
    for (const [key, versions] of this.#versions) yield [key, versions.at(-1)?.text ?? null];
  }

  /** What is wrong with a server after a change of it, or of what is stored; null: nothing. */
  differing(server: RedisServer): string | null {
    const lookedAt = `${server.runId} ${server.changes} ${this.#stored}`;
    if (lookedAt === this.#lookedAt) return null;
    this.#lookedAt = lookedAt;
    const marker = server.hash(`${this.#redisPrefix}~marker`).get('at');
    if (marker === undefined || marker.startsWith('clearing')) return null;
    const { state, part, restoring } = decodeMarker(marker);
    if (part !== undefined || restoring === true) return null;
    const owed = this.#textsAt(state);
    let found = 0;
    for (const [key, fields] of server.hashes) {
      const hash = key.slice(this.#redisPrefix.length);
      if (!key.startsWith(this.#redisPrefix) || hash === '~marker') continue;
      for (const [field, text] of fields) {
        found += 1;
        const name = cellKey({ hash, field });
        if (owed.get(name) !== text)
          return `at marker ${marker} Redis has of ${name}: ${text}, the state topic has: ${owed.get(name) ?? null}`;
      }
    }
    if (found === owed.size) return null;
    const missing = [...owed.keys()].filter((name) => {
      const { hash, field } = cellOf({ key: name, value: null });
      return !server.hash(`${this.#redisPrefix}${hash}`).has(field);
    });
    return `at marker ${marker} Redis lacks ${missing.slice(0, 5).join()}`;
  }

  /** @param ends of the partitions of the state topic. */
  #textsAt(ends: readonly number[]): Map<string, string> {
    const owed = new Map<string, string>();
    for (const [key, versions] of this.#versions) {
      const { text = null } = versions.findLast(({ partition, offset }) => offset < (ends[partition] ?? 0)) ?? {};
      if (text !== null) owed.set(key, text);
    }
    return owed;
  }
}
