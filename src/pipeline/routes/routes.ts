/**
 * The routes of a running task: what commands ask is accepted here, and carried out when the clock of the pipeline comes to its instant, before the
 * first source transaction that was not committed before it. `standing.ts` has the rules; here is what is remembered, as far as it was decided, which
 * is what the next commit writes.
 */
import { type CommandOutcome, outcomeOf, type RouteCommand } from '../../domain/command.js';
import { routeText, type Selector } from '../../domain/ownership/route.js';
import { without } from '../../translate/own.js';
import type { RoutedContract, Routing } from '../../translate/publish/routing.js';
import type { PipelineEvent } from '../events.js';
import type { OutputRecord } from '../ports.js';
import { type Move, NOTHING_MOVED, type Ownership, type Standing } from '../progress/ownership.js';
import { checkDeclared } from './declared.js';
import { type Judged, judgeMove, judgeTakeOver } from './judge.js';
import { RouteRecords, type RouteRecordsSettings } from './records.js';
import { accepted, moved, returning, routeIn, type Routed, routesOf } from './standing.js';

export interface RoutesSettings extends RouteRecordsSettings {
  readonly routed: Routed;
  /** Topic of each contract that is published. */
  readonly topics: ReadonlyMap<string, string>;
}

/** What is written in one Kafka transaction with the routes as they are after it. */
export interface CarriedOut {
  readonly records: readonly OutputRecord[];
  readonly told: readonly PipelineEvent[];
}

export class Routes implements Routing {
  readonly producer: string;
  readonly #settings: RoutesSettings;
  readonly #records: RouteRecords;
  #ownership = NOTHING_MOVED;
  #contracts: ReadonlyMap<string, RoutedContract> = new Map();

  constructor(settings: RoutesSettings) {
    this.producer = settings.producer;
    this.#settings = settings;
    this.#records = new RouteRecords(settings);
    this.#stand(NOTHING_MOVED);
  }

  /** Forgets everything but what was committed. @throws DragomanError ROUTES_UNDECLARED */
  reset(ownership = NOTHING_MOVED): void {
    const { routed, topics } = this.#settings;
    checkDeclared(ownership, routed, (contract) => topics.has(contract));
    this.#stand(ownership);
  }

  /** @param contracts of rules that aggregates keep, too. @throws DragomanError ROUTES_UNDECLARED */
  checkKept(contracts: ReadonlySet<string>): void {
    checkDeclared(this.#ownership, this.#settings.routed, (contract) => contracts.has(contract));
  }

  /** Undefined while nothing was ever moved. */
  get progress(): Ownership | undefined {
    return this.#ownership === NOTHING_MOVED ? undefined : this.#ownership;
  }

  of(contract: string): RoutedContract | undefined {
    return this.#contracts.get(contract);
  }

  /** Of a contract, as they stand now. */
  routesOf(contract: string): readonly Standing[] {
    return routesOf(contract, this.#ownership, this.#settings.routed);
  }

  /** With what services may answer to already: another shard has asked, and here it is accepted and not due yet. */
  answerable(contract: string): readonly Standing[] {
    const asked = this.#ownership.pending.filter((move) => move.contract === contract && isAskedOf(move));
    const routes = this.routesOf(contract);
    if (asked.length === 0) return routes;
    return routes.map((route) => {
      const move = asked.find((each) => each.epoch === route.epoch + 1 && routeText(each) === routeText(route));
      return move === undefined || route.returning !== undefined ? route : { ...route, returning: move };
    });
  }

  /** Of all contracts. */
  readonly standing = (): readonly Standing[] =>
    [...this.#settings.routed.keys()].flatMap((contract) => this.routesOf(contract));

  /** All of them, for those who watch. */
  get told(): PipelineEvent {
    const all = this.standing().map(({ contract, selector, stage, returning: asked }) => ({
      ...{ contract, selector, stage, isAsked: asked !== undefined },
    }));
    return { kind: 'routes', all };
  }

  topicOf(contract: string): string | undefined {
    return this.#settings.topics.get(contract);
  }

  /** Some route is a service's, or was. */
  get isServed(): boolean {
    return this.standing().some(({ stage, epoch }) => stage === 'service' || epoch > 0);
  }

  /** Some route has come back from its service. */
  get hasReturned(): boolean {
    return this.standing().some(({ stage, moved: by }) => stage !== 'service' && by?.from === 'service');
  }

  /** In the ownership topic, so that it says how routes stand whatever became of it. */
  announced(): OutputRecord[] {
    const { routed, topics } = this.#settings;
    const contracts = [...routed.keys()].filter((contract) => topics.has(contract));
    return contracts.flatMap((contract) => this.routesOf(contract).map((route) => this.#records.standing(route)));
  }

  take(command: RouteCommand): CommandOutcome {
    if (this.#wasTaken(command.id)) return outcomeOf(command, 'repeated', 'It was accepted before.');
    const { routed } = this.#settings;
    const all = accepted(this.#ownership, routed);
    if (command.kind === 'route.take-over') {
      const refused = judgeTakeOver(command, all, routed);
      if (refused !== null) return outcomeOf(command, 'refused', refused);
      const { contract, selector, epoch, publishOwed } = command.arguments;
      this.#takeOver(routeText({ contract, selector }), epoch, publishOwed ? 'owed' : 'rest');
      return outcomeOf(command, 'applied', 'It is taken over from here on, whatever its service does.');
    }
    const judged: Judged = judgeMove(command, all, routed);
    if ('refused' in judged) return outcomeOf(command, 'refused', judged.refused);
    this.#stand({ ...this.#ownership, pending: [...this.#ownership.pending, ...judged.moves] });
    return outcomeOf(command, 'applied', acceptedText(judged.moves));
  }

  #wasTaken(command: string): boolean {
    const { routes, pending } = this.#ownership;
    const isIts = (one: { readonly command: string } | undefined): boolean => one?.command === command;
    return pending.some(isIts) || routes.some((route) => isIts(route.moved) || isIts(route.returning));
  }

  /** What its service was asked for, and did not answer, up to this move, is due at once, without the service. */
  #takeOver(name: string, epoch: number, taken: NonNullable<Move['taken']>): void {
    const { routes, pending } = this.#ownership;
    const isIt = (move: Move | undefined): move is Move =>
      move !== undefined && move.epoch <= epoch && routeText(move) === name && isAskedOf(move);
    const asked = routes.map((route) => route.returning).find(isIt) ?? handedBack(routes, name, epoch);
    this.#stand({
      routes: routes.map((route) => (isIt(route.returning) ? without(route, 'returning') : route)),
      pending: [
        ...(asked === undefined ? [] : [{ ...asked, taken }]),
        ...pending.map((move) => (isIt(move) ? { ...move, taken } : move)),
      ],
    });
  }

  /** When the next move is due, ms since 1970; null: none is, or its route is with its service. */
  get nextMs(): number | null {
    return this.#ready().reduce<number | null>((next, { at }) => Math.min(next ?? Infinity, Date.parse(at)), null);
  }

  /** Carries out the first that is due then, of all contracts that move with it. */
  carryOut(clockMs: number): CarriedOut | null {
    const due = this.#ready().filter(({ at }) => Date.parse(at) <= clockMs);
    const [first] = due;
    const moves = due.filter(({ command }) => command === first?.command);
    if (moves.length === 0) return null;
    const pending = this.#ownership.pending.filter((move) => !moves.includes(move));
    const left: Ownership = { ...this.#ownership, pending };
    const records = moves.flatMap((move) => this.#recordsOf(move));
    this.#stand(moves.reduce((all, move) => this.#after(all, move), left));
    return { records, told: moves.map(toldOf) };
  }

  /** The service has handed its route over in all partitions. @returns null: it was not asked. */
  handedOver(contract: string, selector: Selector): CarriedOut | null {
    const move = routeIn(this.routesOf(contract), selector)?.returning;
    if (move === undefined) return null;
    this.#stand(moved(this.#ownership, move, this.#settings.routed));
    return { records: [this.#records.told(move)], told: [{ ...toldOf(move), isAsked: false }] };
  }

  #after(all: Ownership, move: Move): Ownership {
    return (isAskedOf(move) ? returning : moved)(all, move, this.#settings.routed);
  }

  #recordsOf(move: Move): OutputRecord[] {
    const topic = this.#settings.topics.get(move.contract);
    if (isAskedOf(move)) return [this.#records.told(move, true)];
    const stood = routeIn(this.routesOf(move.contract), move.selector);
    const isFenced = stood?.epoch === move.epoch && stood.stage === move.to;
    return [...(topic === undefined || isFenced ? [] : this.#records.fence(move, topic)), this.#records.told(move)];
  }

  /** Of each route the first that waits, unless its service is still asked for it. */
  #ready(): readonly Move[] {
    const { routes, pending } = this.#ownership;
    if (pending.length === 0) return pending;
    const names = pending.map(routeText);
    const busy = new Set(routes.filter((route) => route.returning !== undefined).map(routeText));
    return pending.filter((_, i) => names.indexOf(names[i] ?? '') === i && !busy.has(names[i] ?? ''));
  }

  #stand(ownership: Ownership): void {
    const { routed } = this.#settings;
    this.#ownership = ownership;
    this.#contracts = new Map(
      [...routed].map(([contract, { isSticky, by, parity: rules, echoes }]) => {
        const routes = routesOf(contract, ownership, routed);
        const isServed = routes.some(({ stage }) => stage === 'service');
        return [contract, { isSticky, routes, isServed, parity: rules === null ? null : { rules, by }, echoes }];
      }),
    );
  }
}

/** Its service handed it over by then, and what had begun there is its own still. */
function handedBack(routes: readonly Standing[], name: string, epoch: number): Move | undefined {
  const route = routes.find((each) => routeText(each) === name && each.epoch === epoch && each.returning === undefined);
  if (route?.moved?.from !== 'service' || route.stage === 'service' || route.taken !== undefined) return undefined;
  return { ...route.moved, contract: route.contract, selector: route.selector, epoch, to: route.stage };
}

/** Its service has the route, and nobody took it. */
const isAskedOf = ({ from, to, taken }: Move): boolean => from === 'service' && to !== from && taken === undefined;

const toldOf = (move: Move) => {
  const { contract, selector, epoch, from, to, at, by, reason } = move;
  return { kind: 'route' as const, contract, selector, epoch, from, to, at, by, reason, isAsked: isAskedOf(move) };
};

function acceptedText(moves: readonly Move[]): string {
  const [first] = moves;
  if (first === undefined) return '';
  const names = moves.map((move) => `${routeText(move)} (from ${move.from}, epoch ${move.epoch})`).join(', ');
  const asked = isAskedOf(first) ? ' Its service is asked to hand it over then.' : '';
  return `${names}: ${first.to} from ${first.at} on, by the source's commit times.${asked}`;
}
