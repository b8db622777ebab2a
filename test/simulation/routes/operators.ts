/** Operators who move routes at random instants, back and forth, and take them over from a service that they have fenced. */
import { routeText, type Selector, type Stage } from '../../../src/domain/ownership/route.js';
import { below, chosen } from '../../support/choices.js';
import type { World } from '../world.js';
import type { RoutesPlan } from './plan.js';
import type { ModelService } from './service.js';
import type { Stages } from './stages.js';

export interface OperatorsGround {
  readonly world: World;
  readonly plan: RoutesPlan;
  readonly service: ModelService;
  /** Of each shard. */
  readonly stages: readonly Stages[];
  /** When the source's transactions were committed, ms since 1970, in their order; at least one. */
  readonly commitTimes: readonly number[];
  readonly send: (kind: string, args: object) => void;
  readonly calmFromMs: number;
}

interface Route {
  readonly selector: Selector;
  /** As accepted. */
  stage: Stage;
  epoch: number;
}

const MOVES_MAX = 6;
const LOOK_MS = 200;

export class Operators {
  readonly #ground: OperatorsGround;
  readonly #routes: readonly Route[];

  constructor(ground: OperatorsGround) {
    const { world, plan, calmFromMs } = ground;
    this.#ground = ground;
    this.#routes = plan.selectors.map((selector) => ({ selector, stage: 'legacy', epoch: 0 }));
    // The first one soon: a service that has something has something to tell.
    world.after(world.random() * chosen(world.random, [100, calmFromMs * 0.3]), () => this.#act());
    for (let left = below(world.random, MOVES_MAX); left > 0; left -= 1)
      world.after(world.random() * calmFromMs * 0.9, () => this.#act());
  }

  #act(): void {
    const { world, service } = this.#ground;
    if (service.isFenced) return;
    const route = chosen(world.random, this.#routes);
    if (route.stage === 'legacy') return this.#move(route, 'service');
    if (world.random() < 0.6) return this.#move(route, 'legacy');
    service.fence();
    for (const each of this.#routes) if (each.stage === 'service') this.#move(each, 'legacy');
    world.after(world.random() * 5_000, () => this.#takeOver());
  }

  #move(route: Route, to: Stage): void {
    const { world, plan, commitTimes, send } = this.#ground;
    const last = world.random() < 0.6 ? Math.ceil(commitTimes.length / 3) : commitTimes.length;
    const at = new Date(commitTimes[below(world.random, last)] ?? 0).toISOString();
    send('route.move', { contracts: plan.names, selector: route.selector, to, epoch: route.epoch, at });
    route.stage = to;
    route.epoch += 1;
  }

  /** Everything that its service has not handed over. */
  #takeOver(): void {
    const { world, plan, send, stages } = this.#ground;
    const publishOwed = world.random() < 0.7;
    for (const { selector, epoch, stage } of this.#routes) {
      const isDone = stages.every((all) =>
        all.all.some(
          (known) =>
            known.epoch === epoch && routeText(known) === routeText({ contract: plan.names[0] ?? '', selector }),
        ),
      );
      if (stage !== 'service' && epoch > 0 && !isDone)
        for (const contract of plan.names) send('route.take-over', { contract, selector, epoch, publishOwed });
    }
    this.#restoreWhenTaken();
  }

  #restoreWhenTaken(): void {
    const { world, service, stages } = this.#ground;
    const epochs = new Map(this.#routes.map(({ selector, epoch }) => [JSON.stringify(selector), epoch]));
    const isTaken = stages.every((all) =>
      all.all.every(({ selector, epoch }) => epochs.get(JSON.stringify(selector)) === epoch),
    );
    if (isTaken) service.restore();
    else world.after(LOOK_MS, () => this.#restoreWhenTaken());
  }
}
