/** Everything that moves routes in a history: operators, the service with its connector, and what belongs to whom as checkers have it. */
import type { Finding } from '../../../src/cli/conform/codes.js';
import { Conformance } from '../../../src/cli/conform/conformance.js';
import type { PublishedContract } from '../../../src/contracts/published.js';
import { ownsId, type Shard } from '../../../src/domain/shard.js';
import type { CommandRecord } from '../../../src/pipeline/ports.js';
import type { Checker } from '../checker.js';
import type { Expected } from '../expected.js';
import { ModelConnector } from './connector.js';
import type { Ledger } from './ledger.js';
import { Operators, type OperatorsGround } from './operators.js';
import { type Business, ModelService, type ServiceGround } from './service.js';

export interface MovingGround
  extends Omit<ServiceGround, 'business'>, Omit<OperatorsGround, 'service' | 'stages' | 'commitTimes'> {
  readonly expected: Expected;
  readonly published: readonly PublishedContract[];
  readonly shards: readonly Shard[];
  /** Of each shard. */
  readonly checkers: readonly Checker[];
}

export class Moving {
  readonly #ground: MovingGround;
  readonly #service: ModelService;

  constructor(ground: MovingGround) {
    const { world, cluster, expected, checkers, calmFromMs } = ground;
    this.#ground = ground;
    this.#service = new ModelService({ ...ground, business: this.#business });
    new ModelConnector(world, cluster, this.#service, calmFromMs);
    const commitTimes = expected.owed.events.map(({ occurredAtMs }) => occurredAtMs);
    const stages = checkers.flatMap((checker) => checker.stages ?? []);
    if (commitTimes.length > 0) new Operators({ ...ground, service: this.#service, stages, commitTimes });
  }

  get #business(): Business {
    const { expected, shards, checkers } = this.#ground;
    const ledgerOf = (order: string): Ledger | null =>
      checkers[shards.findIndex((shard) => ownsId(shard, order))]?.ledger ?? null;
    const orders = [...expected.byOrder.values()];
    const orderOf = new Map(orders.flatMap((events) => events.map(({ id, owed }) => [id, owed.order] as const)));
    return {
      orders,
      ownerOf: (contract, order) => ledgerOf(order)?.ownerOf(contract, order) ?? 'legacy',
      isLeft: (id) => ledgerOf(orderOf.get(id) ?? '')?.isLeft(id) === true,
    };
  }

  /** What `dragoman conform` finds in the topics, as consumers read them; null: nothing. */
  fault(): string | null {
    const { cluster, plan, published } = this.#ground;
    for (const topic of new Set(plan.contracts.map((contract) => contract.topic))) {
      const names = cluster.partitionsOf(topic);
      const conformance = new Conformance(
        topic,
        names.map(() => ({ isCut: false })),
        published,
      );
      for (const [partition, name] of names.entries())
        for (const { offset, timestampMs, key, value, headers } of cluster.committed(name))
          conformance.see({ topic, partition, offset, timestampMs, key, value: Buffer.from(value ?? ''), headers });
      conformance.end();
      const found = conformance.findings.find((finding) => !isKnown(finding));
      if (found !== undefined) return `${found.code} at ${found.place}: ${found.contract} ${found.key}: ${found.text}`;
    }
    return null;
  }

  get isOver(): boolean {
    return !this.#service.isFenced && this.#ground.checkers.every(({ stages }) => stages?.isSettled !== false);
  }
}

/** What the service began, and had told nothing of when its route went back. */
const isKnown = ({ code, text }: Finding): boolean =>
  code === 'OWNER_WRONG' && text.includes('not published of its key before');

/** As the command line writes it. */
export function routeRecord(kind: string, what: object, pipeline: string, offset: number): CommandRecord {
  const id = `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`;
  const head = { id, pipeline, kind, by: 'ada', reason: 'a test', at: '2026-11-21T10:00:00.000Z' };
  return { offset, key: pipeline, value: JSON.stringify({ ...head, arguments: what }) };
}
