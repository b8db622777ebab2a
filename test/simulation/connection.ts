/**
 * One connection of a process to a server: requests take effect, and answers come, in the order of the calls. When it breaks, every
 * call that waits fails; what was sent may take effect later all the same, after calls on the next connection.
 */
import type { CallOptions, Process } from './process.js';
import type { Fate } from './world.js';

interface Waiting {
  readonly settle: (answer: Answer) => void;
  readonly failure: CallOptions['failure'];
}

type Answer = { readonly value: unknown } | { readonly error: Error };

export class Connection {
  isBroken = false;
  readonly #process: Process;
  readonly #waiting = new Set<Waiting>();
  /** Under way, in their order: each event takes the next, whatever order events of one instant are in. */
  readonly #effects: (() => void)[] = [];
  readonly #answers: (() => void)[] = [];
  #lastEffectMs = 0;
  #lastAnswerMs = 0;

  constructor(process: Process) {
    this.#process = process;
  }

  call<T>(name: string, effect: () => T, fate: Fate, { timeoutMs, failure }: CallOptions): Promise<T> {
    const process = this.#process;
    const { world } = process;
    return new Promise<T>((resolve, reject) => {
      let isSettled = false;
      const settle = (answer: Answer): void => {
        if (isSettled) return;
        isSettled = true;
        this.#waiting.delete(waiting);
        cancelTimeout();
        if ('error' in answer) reject(answer.error);
        else resolve(answer.value as T);
      };
      const waiting = { settle, failure };
      this.#waiting.add(waiting);
      const cancelTimeout = world.after(
        timeoutMs,
        () => {
          world.note(process.name, `${name}: no answer`);
          settle({ error: failure('timeout') });
        },
        process,
      );
      if (fate.requestMs !== null)
        this.#send(name, effect, { requestMs: fate.requestMs, answerMs: fate.answerMs }, settle);
      const { breakMs } = fate;
      if (breakMs !== null) world.after(breakMs, () => this.break(), process);
    });
  }

  /** Every call that waits fails; the next call of this name makes a new connection. */
  break(): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.#process.world.note(this.#process.name, 'connection broken');
    for (const { settle, failure } of [...this.#waiting]) settle({ error: failure('closed') });
  }

  #send(
    name: string,
    effect: () => unknown,
    { requestMs, answerMs }: { requestMs: number; answerMs: number | null },
    settle: (answer: Answer) => void,
  ): void {
    const { world, name: caller } = this.#process;
    this.#lastEffectMs = Math.max(this.#lastEffectMs, world.nowMs + requestMs);
    this.#effects.push(() => {
      const answer = answerOf(effect);
      world.note(caller, `${name} ${'error' in answer ? `-> ${String(answer.error)}` : 'takes effect'}`);
      world.onEffect(name);
      if (answerMs === null) return;
      this.#lastAnswerMs = Math.max(this.#lastAnswerMs, world.nowMs + answerMs);
      this.#answers.push(() => settle(answer));
      world.after(this.#lastAnswerMs - world.nowMs, () => this.#answers.shift()?.(), this.#process);
    });
    world.after(this.#lastEffectMs - world.nowMs, () => this.#effects.shift()?.());
  }
}

function answerOf(effect: () => unknown): Answer {
  try {
    return { value: effect() };
  } catch (error) {
    return { error: error as Error };
  }
}
