/**
 * Reports of one run on their way into the commands log: numbered, at most so many ahead of what the pipeline has taken, and only as long as the run is
 * the one that counts.
 */
import { type CheckProgress, type CheckReport, isAlive } from '../domain/reconciliation/check-run.js';
import { DragomanError } from '../errors.js';
import { cutReports, type Part } from './cut.js';
import type { RunPorts } from './ports.js';

/** Reports that may stand in the log and are not taken. */
const AHEAD_MAX = 8;
/** The pipeline has so long to take a report. */
export const ANSWER_MS = 60_000;
const ASK_AGAIN_MS = 250;
/** A run that ended meanwhile may have kept this one out, or stand in the log before it: then this one is taken well before that. */
const ENDED_MS = 5_000;

export class Reporter {
  readonly run: string;
  readonly #check: string;
  readonly #ports: RunPorts;
  #next = 0;
  /** The pipeline has taken all before this one. */
  #taken = 0;
  #begunAt = '';
  /** As it was reported last. */
  #position = '';

  constructor(check: string, ports: RunPorts) {
    this.#check = check;
    this.#ports = ports;
    this.run = ports.newId();
  }

  /** The first report; when this resolves, the run is the one that counts. @throws COMMAND_REFUSED (CHECK_RUNS), COMMAND_UNANSWERED */
  async begin(progress: CheckProgress): Promise<void> {
    this.#begunAt = new Date(this.#ports.nowMs()).toISOString();
    await this.#send({ found: [], gone: [] }, progress, this.#begunAt);
    await this.#until(1);
  }

  /** @param lookedAt before it was looked at the last time. @throws COMMAND_REFUSED (CHECK_OVER), COMMAND_UNANSWERED */
  async report({ found, gone }: Part, progress: CheckProgress, lookedAt: string): Promise<void> {
    const parts = cutReports(found, gone);
    const { startedAt, done, of, counts } = progress;
    // A run that is broken off between two parts goes on before all of them.
    const underWay = { startedAt, done, of, counts, position: this.#position };
    for (const [i, part] of parts.entries()) {
      await this.#send(part, i === parts.length - 1 ? progress : underWay, lookedAt);
      await this.#until(this.#next - AHEAD_MAX);
    }
  }

  /** @returns whether the pipeline has taken all of it, after a while. */
  async settle(): Promise<boolean> {
    try {
      await this.#until(this.#next);
      return true;
    } catch (error) {
      if (error instanceof DragomanError && error.code === 'COMMAND_UNANSWERED') return false;
      throw error;
    }
  }

  async #send(part: Part, progress: CheckProgress, lookedAt: string): Promise<void> {
    const report: CheckReport = {
      ...{ check: this.#check, run: this.run, n: this.#next, lookedAt, progress },
      ...{ found: [...part.found], gone: [...part.gone] },
    };
    await this.#ports.send(report);
    this.#next += 1;
    this.#position = progress.position;
  }

  /** Waits until so many are taken; asks at least once. */
  async #until(taken: number): Promise<void> {
    const { register, nowMs, sleep } = this.#ports;
    const untilMs = nowMs() + ANSWER_MS;
    let endedMs: number | null = null;
    for (;;) {
      const known = await register.run(this.#check);
      if (known?.run === this.run) this.#taken = known.n + 1;
      else if (this.#taken > 0) throw refused(`CHECK_OVER: run ${known?.run ?? 'unknown'} has begun since.`);
      else if (known !== null && known.at > this.#begunAt) {
        endedMs = isAlive(known, nowMs()) ? -Infinity : (endedMs ?? nowMs());
        if (nowMs() - endedMs >= ENDED_MS)
          throw refused(`CHECK_RUNS: run ${known.run}, by ${known.by}, reported at ${known.at}.`);
      }
      if (this.#taken >= taken) return;
      if (nowMs() >= untilMs) throw unanswered(this.#check, this.run);
      await sleep(ASK_AGAIN_MS, new AbortController().signal);
    }
  }
}

const refused = (text: string): DragomanError => new DragomanError('COMMAND_REFUSED', text);

const unanswered = (check: string, run: string): DragomanError =>
  new DragomanError(
    'COMMAND_UNANSWERED',
    `Run ${run} of ${check} reported, and the pipeline has not taken it within ${ANSWER_MS / 1_000} s: it does not run, or is busy with what came before. ` +
      'Nothing is lost: see that it runs, and run the check again; it goes on where it was.',
    { details: { check, run } },
  );
