/**
 * Which step comes next: keeps a window of orders alive, hands out steps whose turn has come, gathers steps of the same
 * batch job into one transaction, and moves each order on when its transaction is done.
 *
 * Pure and synchronous; connections ask it. Inside an order: stages one after the other, tracks of a stage side by
 * side, steps of a track one after the other. Between orders: any order, drawn from the seed.
 */
import { BATCH_ORDERS_MAX, type OrderPlan, type Step } from './plan/step.js';
import type { Random } from './random.js';

interface Life {
  readonly plan: OrderPlan;
  stage: number;
  /** Next step of each track of the current stage. */
  readonly at: number[];
}

interface Ready {
  readonly life: Life;
  readonly track: number;
  readonly step: Step;
}

/** Steps for one transaction. */
export interface Batch {
  readonly steps: readonly Step[];
  readonly ready: readonly Ready[];
}

export interface SchedulerOptions {
  readonly plans: Iterator<OrderPlan>;
  readonly random: Random;
  /** Orders alive at one time. */
  readonly windowOrders: number;
}

export class Scheduler {
  ordersFinished = 0;
  private alive = 0;
  private exhausted = false;
  private readonly ready: Ready[] = [];
  private readonly created = new Set<number>();

  constructor(private readonly options: SchedulerOptions) {
    this.admit();
  }

  get done(): boolean {
    return this.exhausted && this.alive === 0;
  }

  /** Steps for one transaction, or nothing when every step now possible is being done by somebody. */
  take(): Batch | undefined {
    const start = this.options.random.int(0, Math.max(0, this.ready.length - 1));
    for (let offset = 0; offset < this.ready.length; offset += 1) {
      const first = this.ready[(start + offset) % this.ready.length];
      if (first !== undefined && this.isPossible(first)) return this.batchAround(first);
    }
    return undefined;
  }

  /** The transaction is committed: its orders move on. */
  finish(batch: Batch): void {
    for (const { life, track, step } of batch.ready) {
      if (life.stage === 0) this.created.add(step.orderNo);
      life.at[track] = (life.at[track] ?? 0) + 1;
      this.offer(life, track);
      if (this.stageIsDone(life)) this.nextStage(life);
    }
    this.admit();
  }

  private batchAround(first: Ready): Batch {
    const limit = BATCH_ORDERS_MAX[first.step.job];
    const size = this.options.random.chance(0.5) ? 1 : this.options.random.int(1, limit);
    const ready = [first];
    for (const other of this.ready) {
      if (ready.length >= size) break;
      const fits = other.step.job === first.step.job && this.isPossible(other);
      if (fits && ready.every(({ step }) => step.orderNo !== other.step.orderNo)) ready.push(other);
    }
    for (const taken of ready) this.ready.splice(this.ready.indexOf(taken), 1);
    // By order number, as a batch job reads them: fewer deadlocks.
    ready.sort((a, b) => a.step.orderNo - b.step.orderNo);
    return { steps: ready.map(({ step }) => step), ready };
  }

  private isPossible({ step }: Ready): boolean {
    return step.needs === undefined || this.created.has(step.needs);
  }

  private admit(): void {
    while (!this.exhausted && this.alive < this.options.windowOrders) {
      const next = this.options.plans.next();
      if (next.done === true) {
        this.exhausted = true;
        return;
      }
      this.alive += 1;
      this.nextStage({ plan: next.value, stage: -1, at: [] });
    }
  }

  private nextStage(life: Life): void {
    life.stage += 1;
    const stage = life.plan.stages[life.stage];
    if (stage === undefined) {
      this.alive -= 1;
      this.ordersFinished += 1;
      return;
    }
    life.at.length = 0;
    stage.forEach((_, track) => {
      life.at.push(0);
      this.offer(life, track);
    });
    if (this.stageIsDone(life)) this.nextStage(life);
  }

  private offer(life: Life, track: number): void {
    const step = life.plan.stages[life.stage]?.[track]?.[life.at[track] ?? 0];
    if (step !== undefined) this.ready.push({ life, track, step });
  }

  private stageIsDone(life: Life): boolean {
    return (life.plan.stages[life.stage] ?? []).every((track, index) => (life.at[index] ?? 0) >= track.length);
  }
}
