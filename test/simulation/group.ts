/**
 * The consumer group of one pipeline, or of one of its shards: one member owns it, as far as the coordinator knows. A member whose heartbeats stop is thrown out
 * after its session; it hears of that when it asks again. Rebalances move the pipeline between members that live. The former owner may
 * hear of it before the new one, or after (a rejoin does not wait for what is running, reference H16), so two may be active.
 */
import { chosen } from '../support/choices.js';
import type { Process } from './process.js';
import type { World } from './world.js';

export interface MemberListener {
  assigned(): void;
  lost(): void;
}

interface Member {
  readonly process: Process;
  readonly listener: MemberListener;
  heartbeatMs: number;
  /** As the member knows it. */
  owns: boolean;
  confirming: ((owned: boolean) => void)[];
}

export const SESSION_MS = 2_000;
const HEARTBEAT_MS = 600;
const CHECK_MS = 200;

export class Group {
  readonly #world: World;
  readonly #members = new Set<Member>();
  #owner: Member | null = null;

  constructor(world: World) {
    this.#world = world;
    const check = (): void => {
      this.#expire();
      world.after(CHECK_MS, check);
    };
    world.after(CHECK_MS, check);
  }

  /** @returns asks the group whether this member still owns the pipeline. */
  join(process: Process, listener: MemberListener): () => Promise<boolean> {
    const member: Member = { process, listener, heartbeatMs: this.#world.nowMs, owns: false, confirming: [] };
    this.#members.add(member);
    const beat = (): void => {
      this.#heartbeat(member);
      this.#world.after(HEARTBEAT_MS * (0.5 + this.#world.random() / 2), beat, process);
    };
    this.#world.after(this.#world.random() * HEARTBEAT_MS, beat, process);
    if (this.#owner === null) this.#give(member);
    return () => new Promise((resolve) => member.confirming.push(resolve));
  }

  /** A member leaves in an orderly way. */
  leave(process: Process): void {
    for (const member of this.#members) {
      if (member.process !== process) continue;
      this.#members.delete(member);
      if (this.#owner === member) this.#giveToAnother();
    }
  }

  /** Moves the pipeline to another member, though its owner lives. */
  rebalance(): void {
    const others = [...this.#members].filter((member) => member !== this.#owner);
    if (others.length === 0) return;
    this.#world.count('rebalance');
    this.#give(chosen(this.#world.random, others));
  }

  #heartbeat(member: Member): void {
    const isMember = this.#members.has(member);
    member.heartbeatMs = this.#world.nowMs;
    const owned = isMember && this.#owner === member;
    if (!owned && member.owns) {
      member.owns = false;
      member.listener.lost();
    }
    for (const resolve of member.confirming.splice(0)) resolve(owned);
    if (!isMember) {
      this.#members.add(member);
      if (this.#owner === null) this.#give(member);
    }
  }

  #expire(): void {
    for (const member of this.#members) {
      if (this.#world.nowMs - member.heartbeatMs <= SESSION_MS) continue;
      this.#members.delete(member);
      this.#world.note('group', `${member.process.name} is thrown out`);
      if (this.#owner === member) this.#giveToAnother();
    }
  }

  #giveToAnother(): void {
    this.#owner = null;
    const [...members] = this.#members;
    if (members.length > 0) this.#give(chosen(this.#world.random, members));
  }

  #give(member: Member): void {
    this.#owner = member;
    this.#world.count('take-over');
    this.#world.note('group', `${member.process.name} owns the pipeline`);
    this.#world.after(
      this.#world.random() * 100,
      () => {
        if (this.#owner !== member || member.owns) return;
        member.owns = true;
        member.listener.assigned();
      },
      member.process,
    );
  }
}
