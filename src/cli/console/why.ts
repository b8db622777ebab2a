/** "Why" for the console, by the code of `dragoman why`: over connections that are opened when somebody first asks, and stay. */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import type { HeldReport } from '../../server/held.js';
import type { Answer } from '../../why/answer.js';
import { type EventAnswer, type EventQuestion, showEvent } from '../../why/event.js';
import type { HeldNow, Outside } from '../../why/outside.js';
import type { Question } from '../../why/question.js';
import { type WaitsFor, waitsFor, type WaitsForQuestion } from '../../why/waits-for.js';
import { why, type WhySettings } from '../../why/why.js';
import { heldIn, seenIn } from '../operator/held.js';
import type { ShardStore } from '../operator/reading/stored-states.js';
import { taskSettings } from '../wiring.js';
import { Servers } from '../why/outside/servers.js';

export interface WhyPorts {
  readonly config: Config;
  readonly rules: LoadedRules;
  /** By pipeline. */
  readonly stores: ReadonlyMap<string, readonly ShardStore[]>;
  /** What this process holds. */
  readonly held: () => HeldReport;
}

export class WhyLooks {
  readonly #ports: WhyPorts;
  /** By pipeline. */
  readonly #servers = new Map<string, Promise<Servers>>();

  constructor(ports: WhyPorts) {
    this.#ports = ports;
  }

  async ask(pipeline: string, question: Question): Promise<Answer> {
    return why(question, await this.#outside(pipeline), this.#settings(pipeline));
  }

  async event(pipeline: string, question: EventQuestion): Promise<EventAnswer> {
    return showEvent(question, await this.#outside(pipeline), this.#ports.rules);
  }

  /** In the order asked for. */
  async waitsFor(pipeline: string, questions: readonly WaitsForQuestion[]): Promise<WaitsFor[]> {
    return waitsFor(questions, await this.#outside(pipeline), this.#settings(pipeline));
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#servers.values());
    for (const one of all) if (one.status === 'fulfilled') await one.value.disconnect();
  }

  async #outside(pipeline: string): Promise<Outside> {
    const servers = await this.#connected(pipeline);
    return { ...servers.outside(), held: () => Promise.resolve(this.#held(pipeline)) };
  }

  #settings(pipeline: string): WhySettings {
    const { config, rules } = this.#ports;
    const { qualifier, watch } = taskSettings(config, pipeline, rules);
    return { rules: rules.rules, digest: rules.digest, qualifier, watch };
  }

  #connected(pipeline: string): Promise<Servers> {
    const known = this.#servers.get(pipeline);
    if (known !== undefined) return known;
    const opened = this.#open(pipeline);
    this.#servers.set(pipeline, opened);
    opened.catch(() => this.#servers.delete(pipeline)); // asked again by the next one
    return opened;
  }

  async #open(pipeline: string): Promise<Servers> {
    const { config, rules, stores } = this.#ports;
    const servers = new Servers({ config, pipeline, rules, stores: stores.get(pipeline) ?? [], members: {} });
    try {
      await servers.connect();
      return servers;
    } catch (error) {
      await servers.disconnect();
      throw error;
    }
  }

  /** Of the tasks that run here; where others run elsewhere nobody knows here. */
  #held(pipeline: string): HeldNow {
    const tasks = (this.#ports.stores.get(pipeline) ?? []).map(({ task }) => task);
    try {
      return { held: heldIn(seenIn([this.#ports.held()], tasks, notHere)) };
    } catch (error) {
      if (error instanceof DragomanError) return { unknown: error.message };
      throw error;
    }
  }
}

const notHere = (unseen: readonly string[]): DragomanError =>
  new DragomanError('MEMBER_UNAVAILABLE', `this member does not run ${unseen.join(', ')}`);
