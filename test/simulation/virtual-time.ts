/**
 * Replaces what the code under test knows of time and chance (timers, `setImmediate`, `performance.now`, `Date.now`, `Math.random`) by
 * that of a world, for as long as one history runs. What is set belongs to the process that is running just then.
 */
export interface VirtualTime {
  /** @returns what cancels it. */
  setTimer(run: () => void, delayMs: number): () => void;
  /** Monotonic. */
  nowMs(): number;
  /** Time of day as the running process has it. */
  wallMs(): number;
  /** From 0 to below 1. */
  random(): number;
}

type Timer = { cancel: () => void; ref(): Timer; unref(): Timer; hasRef(): boolean };

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
};

/** Resolves when every promise that could go on has gone on: a turn of the real event loop. */
export const settled = (): Promise<void> => new Promise((resolve) => void real.setImmediate(resolve));

/** @returns what puts the real ones back. */
export function installTime(time: VirtualTime): () => void {
  const { now } = Date;
  const { random } = Math;
  const monotonic = Object.getOwnPropertyDescriptor(performance, 'now');
  const timer = (cancel: () => void): Timer => {
    const made: Timer = { cancel, ref: () => made, unref: () => made, hasRef: () => true };
    return made;
  };
  const set = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): Timer =>
    timer(time.setTimer(() => run(...args), Math.max(0, delayMs)));
  const repeat = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): Timer => {
    const again = (): void => {
      made.cancel = time.setTimer(again, Math.max(1, delayMs));
      run(...args);
    };
    const made = timer(time.setTimer(again, Math.max(1, delayMs)));
    return made;
  };
  const clear = (made: unknown): void => (made as Timer | undefined)?.cancel();
  Object.assign(globalThis, {
    setTimeout: set,
    clearTimeout: clear,
    setInterval: repeat,
    clearInterval: clear,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => set(run, 0, ...args),
    clearImmediate: clear,
  });
  Date.now = () => Math.floor(time.wallMs());
  Math.random = () => time.random();
  Object.defineProperty(performance, 'now', { value: () => time.nowMs(), configurable: true, writable: true });
  return () => {
    Object.assign(globalThis, real);
    Date.now = now;
    Math.random = random;
    if (monotonic === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', monotonic);
  };
}
