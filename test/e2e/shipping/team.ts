/**
 * The team that reads the events: processes of the example consumer with a database of their own, which die, freeze and come back as the seed
 * says. One that wakes after its session has ended is a zombie: it goes on with what it had read, while others own its partitions.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, withClient } from '../../../legacy-db/database.js';
import { Random } from '../../../legacy-db/workload/random.js';
import { compiledExample } from '../../dragoman/example.js';
import { guard } from '../../dragoman/guard.js';
import { projectDirectory } from '../../stack/directories.js';
import { patiently } from '../../stack/patience.js';
import type { ShippingStep } from './effects.js';

type Fault = 'kill -9' | 'frozen' | 'SIGTERM';

/** What the example says. */
const JOINED = 'shipping has joined its group';

const MEMBERS = 2;
const QUIET_MIN_MS = 1_500;
const QUIET_MAX_MS = 4_000;
const STEP_WAIT_MAX_MS = 2_000;
const STEP_POLL_MS = 5;
/** The example's session ends after 6 s. */
const FROZEN_MS = 8_000;
const STREAM = -3; // numbers that neither the workload nor the faults of Dragoman use
const STANDS_STILL_MS = 60_000;
/** After the last expected row: time for one that should not come. */
const AFTER_MS = 5_000;

export interface TeamOptions {
  readonly brokers: readonly string[];
  /** Of a database that may not exist yet. */
  readonly url: string;
  readonly contracts: string;
  readonly logFile: string;
  readonly seed: number;
  /** Nothing happens to it. */
  readonly isCalm?: boolean;
  readonly say: (line: string) => void;
}

export class ShippingTeam {
  readonly faults: Record<Fault, number> = { 'kill -9': 0, frozen: 0, SIGTERM: 0 };
  /** What the inbox told, by code. */
  readonly told = new Map<string, number>();
  /** Ends that nobody asked for. */
  ownEnds = 0;
  readonly #options: TeamOptions;
  readonly #entry: string;
  readonly #members: ChildProcess[] = [];
  /** Those that have joined the group since they were started: others have nothing yet that could go wrong. */
  readonly #joined = new WeakSet<ChildProcess>();
  readonly #random: Random;
  #isQuiet = false;
  #isClosed = false;
  #acting: Promise<void> = Promise.resolve();

  private constructor(options: TeamOptions, entry: string) {
    this.#options = options;
    this.#entry = entry;
    this.#random = new Random(options.seed, STREAM);
  }

  /** Runs, and has its first troubles soon, unless it is calm. */
  static async open(options: TeamOptions): Promise<ShippingTeam> {
    await createDatabase(options.url);
    const team = new ShippingTeam(options, await compiledExample('shipping'));
    for (let number = 0; number < MEMBERS; number += 1) team.#start(number);
    if (options.isCalm !== true) team.#acting = team.#act();
    return team;
  }

  /** No more troubles; until so many steps are done, or nothing moves any more. */
  async settle(steps: number): Promise<ShippingStep[]> {
    this.#isQuiet = true;
    await this.#acting;
    let count = 0;
    const holds = async (): Promise<boolean> => (count = await this.#count()) >= steps;
    await patiently({ holds, signs: () => count, quietMaxMs: STANDS_STILL_MS, pollMs: 500 });
    await delay(AFTER_MS);
    return withClient(this.#options.url, async (client) => {
      const text = 'SELECT order_id, step, reference, detail FROM shipping_step ORDER BY id';
      return (await client.query<ShippingStep>(text)).rows;
    });
  }

  async parked(): Promise<number> {
    return withClient(this.#options.url, async (client) => {
      const { rows } = await client.query<{ n: number }>('SELECT count(*)::integer AS n FROM dragoman_parked');
      return rows[0]?.n ?? 0;
    });
  }

  async close(): Promise<void> {
    this.#isQuiet = true;
    this.#isClosed = true;
    for (const member of this.#members) {
      if (member.exitCode !== null || member.signalCode !== null) continue;
      const ended = once(member, 'exit');
      member.kill('SIGCONT');
      member.kill('SIGKILL');
      await ended;
    }
  }

  #count(): Promise<number> {
    return withClient(this.#options.url, async (client) => {
      const { rows } = await client.query<{ n: number }>('SELECT count(*)::integer AS n FROM shipping_step');
      return rows[0]?.n ?? 0;
    }).catch(() => 0); // before the first member has made it
  }

  /** A step was just committed: what was read is not yet told to Kafka, or hardly. */
  async #untilStep(): Promise<void> {
    const before = await this.#count();
    const lateMs = Date.now() + STEP_WAIT_MAX_MS;
    while (Date.now() < lateMs && (await this.#count()) === before) await delay(STEP_POLL_MS);
  }

  async #act(): Promise<void> {
    for (let number = 0; !this.#isQuiet; number += 1) {
      await delay(this.#random.int(QUIET_MIN_MS, QUIET_MAX_MS));
      const fault = this.#random.weighted({ 'kill -9': 6, frozen: 2, SIGTERM: 2 });
      const member = this.#members[number % MEMBERS];
      if (member === undefined || !this.#joined.has(member)) continue;
      await this.#untilStep();
      this.faults[fault] += 1;
      if (fault === 'frozen') {
        member.kill('SIGSTOP');
        await delay(FROZEN_MS);
        member.kill('SIGCONT');
      } else member.kill(fault === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
      this.#options.say(`shipping ${number % MEMBERS}: ${fault}`);
    }
  }

  #start(number: number): void {
    const { brokers, url, contracts, logFile } = this.#options;
    const child = spawn(process.execPath, [this.#entry], {
      cwd: projectDirectory,
      env: { ...process.env, KAFKA_BROKERS: brokers.join(','), DATABASE_URL: url, CONTRACTS: contracts },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#members[number] = child;
    const release = guard(child.pid ?? 0);
    const log = createWriteStream(logFile, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${number} ${line}\n`);
        if (line === JOINED) this.#joined.add(child);
        const code = /^\{"code":"(\w+)"/.exec(line)?.[1];
        if (code !== undefined) this.told.set(code, (this.told.get(code) ?? 0) + 1);
      });
    child.once('exit', (code, signal) => {
      release();
      this.#joined.delete(child);
      log.write(`${number} # has ended: ${code ?? signal ?? ''}\n`);
      log.end();
      if (code !== null && code !== 0) this.ownEnds += 1;
      if (!this.#isClosed) this.#start(number); // as an orchestrator does it
    });
  }
}
