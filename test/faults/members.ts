/** The members of the deployment: so many instances of one namespace, each kept running; one owns the pipeline, the others stand by. */
import { setTimeout as delay } from 'node:timers/promises';
import { E2eError } from '../e2e/e2e-error.js';
import type { Exit } from '../dragoman/process.js';
import { Keeper, type KeeperCounts } from '../e2e/keeper.js';

export interface MembersOptions {
  readonly count: number;
  readonly directory: string;
  readonly configFile: string;
}

const POLL_MS = 50;
const UNREACHABLE = 5;
/** What a member said last; shown when it is stuck. */
const LINES_KEPT = 12;

export class Members {
  readonly keepers: readonly Keeper[];
  readonly #all: (Pick<Keeper, 'counts'> & { readonly name: string })[] = [];
  readonly #lines: string[] = [];
  readonly #directory: string;
  readonly #configFile: string;
  #guests = 0;

  constructor({ count, directory, configFile }: MembersOptions) {
    this.#directory = directory;
    this.#configFile = configFile;
    this.keepers = Array.from({ length: count }, (_, index) => this.#keep(`member-${index + 1}`));
  }

  /** The one that came to `running` last: an older one may be a zombie that does not know it yet. */
  get owner(): Keeper | undefined {
    const since = ({ current }: Keeper): number => current.runningSinceMs ?? 0;
    return this.keepers.reduce<Keeper | undefined>(
      (best, keeper) => (since(keeper) > (best === undefined ? 0 : since(best)) ? keeper : best),
      undefined,
    );
  }

  /** @throws E2eError NEVER_READY */
  async untilOwned(timeoutMs: number): Promise<Keeper> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { owner } = this;
      if (owner !== undefined) return owner;
      if (Date.now() > deadline) {
        throw new E2eError(
          'NEVER_READY',
          `no member runs the pipeline after ${timeoutMs / 1000} s:\n${this.lastWords}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  /** One more instance, for the one who asked to end it. */
  guest(): Keeper {
    this.#guests += 1;
    return this.#keep(`guest-${this.#guests}`);
  }

  get lastWords(): string {
    return this.#lines.join('\n');
  }

  /** Of all instances that ever were. */
  totals(): Record<string, number> {
    const all = this.#all.map(({ counts }) => counts);
    const sum = (count: (counts: KeeperCounts) => number): number => all.reduce((total, one) => total + count(one), 0);
    return {
      'starts of Dragoman': sum(({ starts }) => starts),
      'ends because something was away (exit code 5)': sum(({ ownEnds }) => ownEnds.filter(isUnreachable).length),
      'restores of Redis, whole': sum(({ restoresWhole }) => restoresWhole),
      'restores of Redis, part': sum(({ restoresPart }) => restoresPart),
    };
  }

  /** Ends that nobody asked for, other than those that ask to be started again. */
  ownEnds(): string[] {
    return this.#all.flatMap(({ name, counts }) =>
      counts.ownEnds
        .filter((exit) => !isUnreachable(exit))
        .map(({ code, signal }) => `${name} ended by itself with ${code ?? signal ?? '?'}`),
    );
  }

  /** SIGTERM, the standby ones first. */
  async stop(): Promise<Exit[]> {
    const { owner } = this;
    const exits = await Promise.all(this.keepers.filter((keeper) => keeper !== owner).map((keeper) => keeper.stop()));
    return owner === undefined ? exits : [...exits, await owner.stop()];
  }

  async abandon(): Promise<void> {
    await Promise.all(this.keepers.map((keeper) => keeper.abandon()));
  }

  #keep(name: string): Keeper {
    const keeper = new Keeper({
      configFile: this.#configFile,
      logFile: `${this.#directory}/${name}.log`,
      onLine: ({ time, level, msg, code, reason }) => {
        if (level === 'debug') return;
        this.#lines.push([time, name, level, code ?? '', msg, reason ?? ''].join(' ').slice(0, 500));
        this.#lines.splice(0, this.#lines.length - LINES_KEPT);
      },
    });
    this.#all.push({ name, counts: keeper.counts });
    return keeper;
  }
}

/** Something that it needs was away at start, or its client gave up: it asks to be started again. */
const isUnreachable = ({ code }: Exit): boolean => code === UNREACHABLE;
