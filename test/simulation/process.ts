/** One process of a world: it runs real code, calls servers, and can be killed or stopped (SIGSTOP) at any of its calls. */
import { Connection } from './connection.js';
import type { World } from './world.js';

export interface CallOptions {
  /** Calls on one connection take effect, and are answered, in their order. Default: a connection for this call alone. */
  readonly connection?: string;
  /** After so long without an answer the caller sees `failure('timeout')`. */
  readonly timeoutMs: number;
  /** The error that a client library would give. */
  readonly failure: (why: 'timeout' | 'closed') => Error;
}

export class Process {
  readonly name: string;
  readonly world: World;
  isDead = false;
  /** It does nothing before; what comes for it waits. */
  stoppedUntilMs = 0;
  /** How far its time of day is off. */
  clockSkewMs = 0;
  readonly #connections = new Map<string, Connection>();

  constructor(name: string, world: World) {
    this.name = name;
    this.world = world;
  }

  get isStopped(): boolean {
    return this.stoppedUntilMs > this.world.nowMs;
  }

  /** SIGKILL: nothing of it runs any more, none of its promises is ever settled. What it sent may still take effect. */
  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.world.count('process killed');
    this.world.note(this.name, 'is killed');
  }

  /** SIGSTOP, and SIGCONT after so long. */
  stop(forMs: number): void {
    if (this.isDead) return;
    this.stoppedUntilMs = Math.max(this.stoppedUntilMs, this.world.nowMs + forMs);
    this.world.count('process stopped');
    this.world.note(this.name, `is stopped for ${Math.round(forMs)} ms`);
  }

  /** Runs code as this process, at its next turn. */
  start(main: () => void): void {
    this.world.after(0, main, this);
  }

  /**
   * A call to a server. `effect` runs at the server, once or never, perhaps long after the caller has given up, or died. What it throws
   * is the server's answer.
   */
  call<T>(name: string, effect: () => T, options: CallOptions): Promise<T> {
    if (this.isDead) return new Promise<T>(() => undefined);
    const { connection: shared } = options;
    const connection = shared === undefined ? new Connection(this) : this.#connection(shared);
    const fate = this.world.fateOf({ process: this.name, name, connection: shared ?? name });
    if (fate.fault !== null) {
      this.world.count(`fault: ${fate.fault}`);
      this.world.note(this.name, `${name}: ${fate.fault}`);
    }
    const { end } = fate;
    if (end !== null) this.world.after(end.afterMs, () => (end.kind === 'kill' ? this.kill() : this.stop(end.forMs)));
    return connection.call(name, effect, fate, options);
  }

  #connection(name: string): Connection {
    let connection = this.#connections.get(name);
    if (connection === undefined || connection.isBroken) {
      connection = new Connection(this);
      this.#connections.set(name, connection);
    }
    return connection;
  }
}
