/** The answer of `/held`: source transactions that wait for an operator, in the tasks that this member runs, and commands refused last. */
import { z } from 'zod';
import type { CommandOutcome } from '../domain/command.js';
import type { Observer } from '../pipeline/events.js';

export const heldSchema = z.object({
  transaction: z.string(),
  code: z.string(),
  text: z.string(),
  /** What comes after it is not published before it is decided. */
  isWaitedFor: z.boolean(),
  /** Source time of its first row; null without rows. */
  sinceMs: z.number().nullable(),
});

/** By task that runs here (`orders`, or `orders.2` of several shards), then by source. */
export const heldReportSchema = z.object({
  schema: z.literal('dragoman.http/held@2'),
  pipelines: z.record(z.string(), z.record(z.string(), z.array(heldSchema))),
  /** Commands that were refused last, by their ids: why, by task. Absent in answers of members that did not keep them. */
  refused: z.record(z.string(), z.record(z.string(), z.string())).exactOptional(),
});

export type HeldReport = z.output<typeof heldReportSchema>;

/** Whoever sent a command asks for its outcome within seconds. */
export const REFUSED_MAX = 100;

/** Remembers what is held, from the events of each task. */
export class HeldTransactions {
  readonly #tasks = new Map<string, Map<string, z.output<typeof heldSchema>[]>>();

  /** By command id, the newest last. */
  readonly #refused = new Map<string, Readonly<Record<string, string>>>();

  /** What a task holds is forgotten when it stops running here. */
  observer(task: string): Observer {
    return (event) => {
      if (event.kind === 'state') {
        if (event.state === 'running') this.#tasks.set(task, new Map());
        else this.#tasks.delete(task);
      } else if (event.kind === 'sequenced') this.#tasks.get(task)?.set(event.source, [...event.allHeld]);
      else if (event.kind === 'command' && event.outcome.result === 'refused') this.#refuse(task, event.outcome);
    };
  }

  report(): HeldReport {
    const pipelines = [...this.#tasks].map(([name, sources]) => [name, Object.fromEntries(sources)] as const);
    const refused = Object.fromEntries(this.#refused);
    return { schema: 'dragoman.http/held@2', pipelines: Object.fromEntries(pipelines), refused };
  }

  #refuse(task: string, { id, text }: CommandOutcome): void {
    this.#refused.set(id, { ...this.#refused.get(id), [task]: text });
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > REFUSED_MAX && oldest !== undefined) this.#refused.delete(oldest);
  }
}
