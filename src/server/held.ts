/** The answer of `/held`: source transactions that wait for an operator, in the pipelines that this member runs, and commands refused last. */
import { z } from 'zod';
import type { CommandOutcome } from '../domain/command.js';
import type { Observer } from '../pipeline/events.js';

const heldSchema = z.object({
  transaction: z.string(),
  code: z.string(),
  text: z.string(),
  /** What comes after it is not published before it is decided. */
  isWaitedFor: z.boolean(),
  /** Source time of its first row; null without rows. */
  sinceMs: z.number().nullable(),
});

/** By pipeline that runs here, then by source. */
export const heldReportSchema = z.object({
  schema: z.literal('dragoman.http/held@2'),
  pipelines: z.record(z.string(), z.record(z.string(), z.array(heldSchema))),
  /** Commands that were refused last, and why, by their ids. Absent in answers of members that did not keep them. */
  refused: z.record(z.string(), z.string()).exactOptional(),
});

export type HeldReport = z.output<typeof heldReportSchema>;

/** Whoever sent a command asks for its outcome within seconds. */
export const REFUSED_MAX = 100;

/** Remembers what is held, from the events of each pipeline. */
export class HeldTransactions {
  readonly #pipelines = new Map<string, Map<string, z.output<typeof heldSchema>[]>>();

  /** By command id, the newest last. */
  readonly #refused = new Map<string, string>();

  /** What a pipeline holds is forgotten when it stops running here. */
  observer(pipeline: string): Observer {
    return (event) => {
      if (event.kind === 'state') {
        if (event.state === 'running') this.#pipelines.set(pipeline, new Map());
        else this.#pipelines.delete(pipeline);
      } else if (event.kind === 'sequenced') this.#pipelines.get(pipeline)?.set(event.source, [...event.allHeld]);
      else if (event.kind === 'command' && event.outcome.result === 'refused') this.#refuse(event.outcome);
    };
  }

  report(): HeldReport {
    const pipelines = [...this.#pipelines].map(([name, sources]) => [name, Object.fromEntries(sources)] as const);
    const refused = Object.fromEntries(this.#refused);
    return { schema: 'dragoman.http/held@2', pipelines: Object.fromEntries(pipelines), refused };
  }

  #refuse({ id, text }: CommandOutcome): void {
    this.#refused.set(id, text);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > REFUSED_MAX && oldest !== undefined) this.#refused.delete(oldest);
  }
}
