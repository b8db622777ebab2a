/** Named checks behind the probes: each is asked with a time limit, and one that hangs or throws counts as false. */

/** True when fine; a text says what is wrong. */
export type Check = () => boolean | string | Promise<boolean | string>;
export type Checks = Readonly<Record<string, Check>>;

export interface CheckResult {
  readonly ok: boolean;
  /** What is wrong; null when nothing is, or nothing is known. */
  readonly text: string | null;
}

export interface ProbeReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** Below the usual time limit of a probe (Kubernetes: 1 s by default). */
export const CHECK_TIMEOUT_MS = 800;

/** Asks all checks at once. */
export async function runChecks(checks: Checks, timeoutMs = CHECK_TIMEOUT_MS): Promise<ProbeReport> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await ask(check, timeoutMs)] as const),
  );
  return { ok: results.every(([, { ok }]) => ok), checks: Object.fromEntries(results) };
}

async function ask(check: Check, timeoutMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  });
  try {
    const answer = await Promise.race([(async () => check())(), late]);
    return typeof answer === 'string' ? { ok: false, text: answer } : { ok: answer, text: null };
  } catch (cause) {
    return { ok: false, text: cause instanceof Error ? cause.message : 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
