/**
 * Ends rules that do not end by themselves: a loop in one of them would otherwise hold the whole process, its heartbeats and its probes. V8 breaks
 * off whatever runs, in this realm and in that of the rules, expressions included; nothing that is broken off can catch it.
 */
import { type Context, createContext, Script } from 'node:vm';

const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/**
 * @returns what runs a function for this long at most, and throws `tooSlow` of it then. It costs some 50 us each time, and a realm of its own from
 * the first time on.
 */
export function ruleWatch(forMs: number, tooSlow: (forMs: number) => Error): <T>(run: () => T) => T {
  const handed: { run: () => unknown } = { run: () => undefined };
  const script = new Script('handed.run()');
  let realm: Context | null = null;
  let isWatching = false;
  return <T>(run: () => T): T => {
    if (isWatching) return run();
    isWatching = true;
    handed.run = run;
    realm ??= createContext({ handed });
    try {
      return script.runInContext(realm, { timeout: forMs }) as T;
    } catch (error) {
      throw isTimeOut(error) ? tooSlow(forMs) : error;
    } finally {
      isWatching = false;
    }
  };
}

const isTimeOut = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === TIMED_OUT;
