/**
 * How routes stand for one shard, by the records of its Kafka transactions: a stage changes in the one that has its fence, one handover record in
 * each partition, or after the service has written all of them; at its instant, and not before. What the progress says is held against that.
 */
import { ownsPartition, type Shard } from '../../../src/domain/shard.js';
import { type Handover, readHandover } from '../../../src/domain/ownership/handover.js';
import { routeOf, routeText, type Selector, type Stage } from '../../../src/domain/ownership/route.js';
import type { JournalEntry } from '../../../src/domain/state/journal-entry.js';
import type { Move, Ownership } from '../../../src/pipeline/progress/ownership.js';
import type { LogEntry } from '../kafka/partition-log.js';
import { Violation } from '../violation.js';
import type { RoutesPlan } from './plan.js';

export interface RouteAt {
  readonly stage: Stage;
  readonly epoch: number;
  readonly returning?: unknown;
  readonly taken?: 'owed' | 'rest';
  /** Every aggregate says whether it is of it. */
  readonly isClear: boolean;
}

/** A handover record, and where it stands. */
export interface Fence {
  readonly partition: number;
  readonly entry: LogEntry;
}

export interface Moving {
  readonly ownership: Ownership | undefined;
  readonly fences: readonly Fence[];
  /** Records of the ownership topic. */
  readonly announced: readonly LogEntry[];
}

interface Known extends RouteAt {
  readonly contract: string;
  readonly selector: Selector;
}

export class Stages {
  readonly #shard: Shard;
  readonly #partitions: readonly number[];
  readonly #routes = new Map<string, Known>();
  /** By route and epoch: partitions in which the service has handed over. */
  readonly #handedBack = new Map<string, Set<number>>();
  #pending: readonly Move[] = [];
  /** Instant of the last move that was carried out: rows of before were decided. */
  #movedAtMs = 0;
  moves = 0;

  /** @param partitions of the contract topic. */
  constructor(plan: RoutesPlan, shard: Shard, partitions: number) {
    this.#shard = shard;
    this.#partitions = Array.from({ length: partitions }, (_, i) => i).filter((number) => ownsPartition(shard, number));
    for (const contract of plan.names)
      for (const selector of plan.selectors) this.#set({ contract, selector, stage: 'legacy', epoch: 0 });
  }

  #set(route: Omit<Known, 'isClear'>): void {
    const isClear = Object.keys(route.selector.context).length === 0;
    this.#routes.set(routeText(route), { ...route, isClear });
  }

  of(contract: string, order: string): RouteAt {
    const routes = [...this.#routes.values()].filter((route) => route.contract === contract);
    const found = routeOf(routes, { id: order, context: { market: 'DE' } });
    return found ?? { stage: 'legacy', epoch: 0, isClear: true };
  }

  get all(): readonly Known[] {
    return [...this.#routes.values()];
  }

  /** Nothing is under way. */
  get isSettled(): boolean {
    return this.#pending.length === 0 && this.all.every(({ returning }) => returning === undefined);
  }

  /** Records of a service. */
  handedBack(fences: readonly Fence[]): void {
    for (const { partition, handover } of fences.map(read)) {
      const name = `${routeText(handover)} ${handover.epoch}`;
      const known = this.#handedBack.get(name) ?? new Set();
      this.#handedBack.set(name, known.add(partition));
    }
  }

  /** A Kafka transaction of Dragoman. @param entries of its journal */
  stand({ ownership, fences, announced }: Moving, entries: readonly JournalEntry[]): void {
    this.#inTime(entries);
    const before = new Map(this.#routes);
    const changed = (ownership?.routes ?? []).flatMap((route) => {
      const stood = this.#routes.get(routeText(route));
      if (stood === undefined) throw new Violation('W1', `there is a route ${routeText(route)}, and nobody moved it`);
      const isSame = stood.epoch === route.epoch && stood.stage === route.stage;
      if (!isSame && (route.epoch !== stood.epoch + 1 || route.stage === stood.stage))
        throw new Violation('W1', `${routeText(route)} goes from ${text(stood)} to ${text(route)}`);
      return isSame ? [] : [{ stood, route }];
    });
    const owedFences = changed.flatMap(({ stood, route }) => {
      const name = `${routeText(route)} ${route.epoch}`;
      if (stood.stage === 'service' && route.taken === undefined) {
        const missing = this.#partitions.filter((number) => this.#handedBack.get(name)?.has(number) !== true);
        if (missing.length > 0)
          throw new Violation(
            'W2',
            `${name} is ${route.stage}, and its service has not handed it over in ${missing.join()}`,
          );
        return [];
      }
      return this.#partitions.map((number) => `${name} ${stood.stage} ${route.stage} ${number}`);
    });
    const found = fences
      .map(read)
      .map(
        ({ handover: { epoch, from, to, ...of }, partition }) => `${routeText(of)} ${epoch} ${from} ${to} ${partition}`,
      );
    if (found.sort().join('; ') !== owedFences.sort().join('; '))
      throw new Violation(
        'W1',
        `the fence has ${found.join('; ')}, and the stages that change with it ${owedFences.join('; ')}`,
      );
    for (const { route } of changed) {
      this.moves += 1;
      if (route.taken === undefined) this.#movedAtMs = Math.max(this.#movedAtMs, Date.parse(route.moved?.at ?? ''));
    }
    const asked = (ownership?.routes ?? []).filter(
      (route) => route.returning !== undefined && this.#routes.get(routeText(route))?.returning === undefined,
    );
    for (const route of ownership?.routes ?? [])
      this.#set({
        ...{ contract: route.contract, selector: route.selector, stage: route.stage, epoch: route.epoch },
        ...(route.returning === undefined ? {} : { returning: route.returning }),
        ...(route.taken === undefined ? {} : { taken: route.taken }),
      });
    this.#announced(announced, before, [...changed.map(({ route }) => routeText(route)), ...asked.map(routeText)]);
    this.#pending = ownership?.pending ?? [];
  }

  /**
   * What the ownership topic is told last is how routes stand then; of one that does not change, how it stood. @param before as they stood
   * @param changed of which it has to be told.
   */
  #announced(records: readonly LogEntry[], before: ReadonlyMap<string, Known>, changed: readonly string[]): void {
    const told = new Set<string>();
    const newest = new Map(records.map((record) => [record.key, record]));
    for (const record of newest.values()) {
      const { handover } = read({ partition: 0, entry: record });
      const name = routeText(handover);
      const isOwn = handover.shard === this.#shard.index && handover.shards === this.#shard.count;
      if (tells(handover, this.#routes.get(name))) told.add(name);
      else if (!isOwn || !tells(handover, before.get(name)))
        throw new Violation('W1', `the ownership topic is told of ${name}: ${record.value}; it stands otherwise`);
    }
    const untold = changed.filter((name) => !told.has(name));
    if (untold.length > 0) throw new Violation('W1', `the ownership topic is not told of ${untold.join()}`);
  }

  /** No row is decided by a stage that a move has ended before, or has not begun yet. */
  #inTime(entries: readonly JournalEntry[]): void {
    const ofRows = entries.filter(({ origin, outcome }) => origin.position !== null && outcome !== 'baseline');
    const early = ofRows.find(({ origin }) => origin.commitTimeMs < this.#movedAtMs);
    if (early !== undefined)
      throw new Violation(
        'W1',
        `order ${early.id} is decided of ${early.origin.commitTimeMs}, after a move at ${this.#movedAtMs}`,
      );
    const names = this.#pending.map(routeText);
    for (const [i, move] of this.#pending.entries()) {
      const name = names[i] ?? '';
      if (names.indexOf(name) !== i || this.#routes.get(name)?.returning !== undefined) continue;
      const late = ofRows.find(({ origin }) => origin.commitTimeMs >= Date.parse(move.at));
      if (late !== undefined)
        throw new Violation(
          'W1',
          `order ${late.id} is decided of ${late.origin.commitTimeMs}, and ${name} was to move at ${move.at}`,
        );
    }
  }
}

/** As it stands, or that its service is asked for it. */
function tells({ epoch, to, asked }: Handover, route: Known | undefined): boolean {
  if (route === undefined) return false;
  const isAsked = route.returning !== undefined;
  if ((asked === true) !== isAsked) return false;
  return isAsked ? epoch === route.epoch + 1 : epoch === route.epoch && to === route.stage;
}

const text = ({ stage, epoch }: Pick<RouteAt, 'stage' | 'epoch'>): string => `${stage}, epoch ${epoch}`;

function read({ partition, entry }: Fence): { readonly partition: number; readonly handover: Handover } {
  const handover = readHandover(entry.value ?? '');
  if (typeof handover === 'string') throw new Violation('W1', `a handover record cannot be read: ${handover}`);
  return { partition, handover };
}
