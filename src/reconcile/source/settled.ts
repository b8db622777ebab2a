/**
 * Whether everything that was committed in a database when it was asked is in the states: then their frontier is past its log position. A database in
 * which nothing more is committed never moves the frontier there; so it counts as well when all its records were read to their end for a while, and
 * nothing came.
 */
import type { Position } from '../../domain/source/position.js';
import type { SourcePorts } from './ports.js';

/** So long nothing came of a source that was read to its end: a connector that is slower than that makes differences that are none. */
export const QUIET_MS = 60_000;
/** After that a source counts as not settled: what was found stays in flight. */
const WAIT_MS_MAX = 600_000;
const ASK_AGAIN_MS = 500;

export class Settling {
  readonly #ports: SourcePorts;
  readonly #quietMs: number;
  /** By source, up to where that was so. */
  readonly #known = new Map<string, Position>();
  /** Sources of which a while without records told it, and no position. */
  readonly quiet = new Set<string>();

  constructor(ports: SourcePorts, quietMs = QUIET_MS) {
    this.#ports = ports;
    this.#quietMs = quietMs;
  }

  /** Of these, those of which everything that was committed before the call is stored. */
  async settled(sources: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { databases, nowMs, sleep, followed } = this.#ports;
    const wanted = new Map<string, Position>();
    for (const { name, rows } of databases) if (sources.has(name)) wanted.set(name, await rows.position());
    const done = new Set<string>();
    const until = nowMs() + WAIT_MS_MAX;
    /** By source: since when it is at its end, and stands there. */
    const since = new Map<string, { readonly at: Position | null; readonly ms: number }>();
    for (const [name, position] of wanted) if ((this.#known.get(name) ?? '') >= position) done.add(name);
    while (done.size < wanted.size && nowMs() < until && !signal.aborted) {
      const standing = await followed();
      const now = nowMs();
      for (const [name, position] of wanted) {
        const { position: at = null, isAtEnd = false } = standing.get(name) ?? {};
        const before = since.get(name);
        if (!isAtEnd) since.delete(name);
        else if (before?.at !== at) since.set(name, { at, ms: now });
        const isPassed = at !== null && at >= position;
        const isQuiet = now - (since.get(name)?.ms ?? now) >= this.#quietMs;
        if (!isPassed && !isQuiet) continue;
        if (!isPassed) this.quiet.add(name);
        this.#known.set(name, position);
        done.add(name);
      }
      if (done.size < wanted.size) await sleep(ASK_AGAIN_MS, signal);
    }
    return done;
  }
}
