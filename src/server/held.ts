/** The answer of `/held`: source transactions that wait for an operator, in the pipelines that this member runs. */
import { z } from 'zod';
import type { Observer } from '../pipeline/events.js';

const heldSchema = z.object({
  transaction: z.string(),
  code: z.string(),
  text: z.string(),
  /** Source time of its first row; null without rows. */
  sinceMs: z.number().nullable(),
});

/** By pipeline that runs here, then by source; null: nothing is held. */
export const heldReportSchema = z.object({
  schema: z.literal('dragoman.http/held@1'),
  pipelines: z.record(z.string(), z.record(z.string(), heldSchema.nullable())),
});

export type HeldReport = z.output<typeof heldReportSchema>;

/** Remembers what is held, from the events of each pipeline. */
export class HeldTransactions {
  readonly #pipelines = new Map<string, Map<string, z.output<typeof heldSchema> | null>>();

  /** What a pipeline holds is forgotten when it stops running here. */
  observer(pipeline: string): Observer {
    return (event) => {
      if (event.kind === 'state') {
        if (event.state === 'running') this.#pipelines.set(pipeline, new Map());
        else this.#pipelines.delete(pipeline);
      } else if (event.kind === 'sequenced') this.#pipelines.get(pipeline)?.set(event.source, event.held);
    };
  }

  report(): HeldReport {
    const pipelines = [...this.#pipelines].map(([name, sources]) => [name, Object.fromEntries(sources)] as const);
    return { schema: 'dragoman.http/held@1', pipelines: Object.fromEntries(pipelines) };
  }
}
