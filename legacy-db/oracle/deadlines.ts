/**
 * Orders that are to be accepted in time, and those that were not: what a reader of the committed transactions expects who has no timers.
 *
 * L1 an order is awaited from the first transaction on that tells of it, until so long after its commit; one that was accepted, or has no row, is not;
 * L2 a transaction moves the clock to its commit time, never back; what is due by then is due before that transaction;
 * L3 what was due and is still to be accepted is overdue, once, until it is accepted or has no row;
 * L4 what is excused when it is due is forgotten: the next transaction that tells of it begins anew.
 */
export interface Due {
  readonly orderId: string;
  readonly dueMs: number;
}

export class Deadlines {
  private readonly awaited = new Map<string, number>();
  private readonly overdue = new Set<string>();
  private clockMs = -Infinity;

  constructor(private readonly withinMs: number) {}

  /** Before a transaction: what is due by its commit time, the earliest first; it is awaited no more. */
  due(commitMs: number): Due[] {
    this.clockMs = Math.max(this.clockMs, commitMs);
    const due = [...this.awaited].map(([orderId, dueMs]) => ({ orderId, dueMs }));
    const now = due.filter(({ dueMs }) => dueMs <= this.clockMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const { orderId } of now) this.awaited.delete(orderId);
    return now;
  }

  /** It was due, and nothing excuses it. */
  miss(orderId: string): void {
    this.overdue.add(orderId);
  }

  /** A transaction told of the order. @param isOver it is accepted, or has no row, or nothing is decided of it any more. */
  told(orderId: string, commitMs: number, isOver: boolean): void {
    if (isOver) {
      this.awaited.delete(orderId);
      this.overdue.delete(orderId);
    } else if (!this.overdue.has(orderId) && !this.awaited.has(orderId)) {
      this.awaited.set(orderId, commitMs + this.withinMs);
    }
  }
}
