/**
 * Orders live in the legacy database, a new order service stands beside it, and markets are moved between them while parts are killed. Whatever happens,
 * each event of the oracle is published once, by the system in which its order began.
 */
import { withClient } from '../../../legacy-db/database.js';
import { kafkaClient } from '../../../src/adapters/kafka/client.js';
import { conformOf, type ConformReport } from '../../../src/cli/conform/conform.js';
import { readExport } from '../../../src/cli/contracts/check/read-export.js';
import { dragomanCommand } from '../../dragoman/command.js';
import { patiently } from '../../stack/patience.js';
import type { Stack } from '../../stack/stack.js';
import { stackConfig } from '../../support/servers/stack-config.js';
import { readThrough } from '../console-consumer.js';
import { flushAll } from '../faults.js';
import { type Act, type PlotOptions, type PlotResult, runPlot } from '../run-plot.js';
import { CONTRACT_TOPIC, PIPELINE, type Scene } from '../scene.js';
import { layRules } from '../scenarios/lay-rules.js';
import type { RunTools } from '../tools.js';
import type { JudgeOptions } from '../verdict.js';
import { DOOR_SQL, NEW_CHANNEL } from './door.js';
import { Moves } from './moves.js';
import { OrderService } from './order-service.js';
import { compareOwners, type OwnersFound } from './owners.js';
import { SERVICE } from './settings.js';

const SETTLES_MS = 60_000;
/** What stands still for so long is through. */
const QUIET_MS = 4_000;
const PRODUCER = `service:${SERVICE}`;

/** What the story of a run has in hand. */
export interface Story extends Act {
  readonly moves: Moves;
  readonly service: OrderService;
  readonly stack: Stack;
  readonly flush: () => Promise<void>;
}

export interface CutoverOptions extends Omit<
  PlotOptions,
  'orders' | 'ownRules' | 'keyChanges' | 'whenQuiet' | 'judging'
> {
  /** What happens while orders live: a move is carried out by the clock of their transactions, so they live until it is over. */
  readonly story: (story: Story) => Promise<void>;
  readonly isStrange?: JudgeOptions['isStrange'];
}

export interface CutoverResult extends PlotResult {
  readonly owners: OwnersFound;
  readonly moves: Moves;
  readonly service: Pick<OrderService, 'kills' | 'ownEnds' | 'said'>;
  readonly flushes: number;
  /** Orders that began in the new service. */
  readonly ordersOfService: number;
  readonly conform: ConformReport;
  /** Events of the service that the journal does not have exactly once. */
  readonly toldOtherwise: readonly string[];
}

export async function runCutover(options: CutoverOptions, tools: RunTools): Promise<CutoverResult> {
  const { directory, cleanup, stack } = tools;
  const rules = await layRules(directory, 'cutover-rules');
  let story: Story | undefined;
  let flushes = 0;
  let born: ReadonlySet<string> = new Set();
  let report: ConformReport | undefined;
  let told: ReadonlyMap<string, number> = new Map();
  const result = await runPlot(
    {
      ...options,
      ...{ keyChanges: false, ownRules: { rules } },
      beforeConnector: async (scene) => {
        await scene.legacy.run(DOOR_SQL);
        await options.beforeConnector?.(scene);
      },
      whenQuiet: async () => {
        await settled(story!);
        await story?.service.stop();
      },
      judging: async (scene) => {
        await story?.moves.close();
        born = await bornInService(scene);
        report = await conform(scene);
        told = await toldIn(stack, scene);
        return { names: namesOf(scene, born), ...(options.isStrange && { isStrange: options.isStrange }) };
      },
    },
    tools,
    async (act) => {
      const { scene, say } = act;
      const service = await openService(scene, { stack, directory });
      cleanup.add(() => service.stop());
      if (!tools.stackGoesToo) cleanup.add(() => service.remove());
      const moves = await Moves.watch(scene);
      cleanup.add(() => moves.close());
      say('the order service runs, and owns nothing');
      const flush = async (): Promise<void> => {
        await flushAll(stack.endpoints.redis);
        flushes += 1;
      };
      story = { ...act, moves, service, stack, flush };
      await options.story(story);
      return undefined;
    },
  );
  const { moves, service, scene } = story!;
  const { committed: events, handovers } = result.verdict;
  const owners = compareOwners({
    ...{ events, handovers, partitions: moves.partitions, service: PRODUCER },
    pipeline: pipelineOf(scene),
    isBornInService: (orderId) => born.has(orderId),
  });
  const toldOtherwise = events.flatMap(({ headers: { ce_id: id = '', ce_producer: by } }) => {
    const times = told.get(id) ?? 0;
    return by === PRODUCER && times !== 1 ? [`${id}: ${times} times`] : [];
  });
  const rest = { flushes, ordersOfService: born.size, conform: report!, toldOtherwise };
  return { ...result, owners, moves, service, ...rest };
}

async function openService(
  scene: Scene,
  { stack, directory }: { readonly stack: Stack; readonly directory: string },
): Promise<OrderService> {
  const contracts = `${directory}/contracts`;
  await dragomanCommand(['contracts', 'export', '--out', contracts, '-c', scene.configFile]);
  return OrderService.open({
    ...{ endpoints: stack.endpoints, contracts, legacy: scene.legacy.url, logFile: `${directory}/order-service.log` },
    name: `service_${scene.namespace.replaceAll('-', '_')}`,
    ...{ namespace: scene.namespace, pipeline: PIPELINE, sourceSystem: scene.names.sourceSystem },
    eventSource: scene.names.eventSource,
  });
}

const namesOf = (scene: Scene, born: ReadonlySet<string>): Scene['names'] => ({
  ...scene.names,
  publisherOf: (orderId) =>
    born.has(orderId)
      ? { producer: PRODUCER, causes: SERVICE, isService: true }
      : { producer: pipelineOf(scene), causes: scene.names.source, isService: false },
});

/** As it names itself in its events. */
const pipelineOf = ({ namespace }: Scene): string => `dragoman:${namespace}.${PIPELINE}`;

/** By the audit: whatever became of them later. */
async function bornInService({ legacy }: Scene): Promise<ReadonlySet<string>> {
  const text = `SELECT after ->> 'ord_no' AS ord_no FROM audit.change WHERE tab = 'ord_hdr' AND op = 'c' AND after ->> 'chnl_cd' = $1`;
  const { rows } = await withClient(legacy.url, (client) => client.query<{ ord_no: string }>(text, [NEW_CHANNEL]));
  return new Set(rows.map(({ ord_no }) => ord_no));
}

/** The service has told of everything, its connector has written it, and Dragoman has read it, as far as that can be seen. */
async function settled({ scene, service, moves, say }: Story): Promise<void> {
  let seen = '';
  let sinceMs = Date.now();
  const holds = async (): Promise<boolean> => {
    const [lived, ids, last, offsets] = await Promise.all([
      service.lived(),
      service.published(),
      scene.legacy.value('SELECT coalesce(max(end_lsn), 0)::text FROM audit.commit_log'),
      scene.ask((admin) => admin.fetchOffsets({ groupId: scene.taskGroups[0] ?? '', topics: [CONTRACT_TOPIC] })),
    ]);
    const left = ids.filter((id) => !moves.arrived.has(id)).length;
    const now = `lived to ${lived} of ${last ?? 0}, ${left} of ${ids.length} events on their way ${JSON.stringify(offsets)}`;
    if (now !== seen) sinceMs = Date.now();
    seen = now;
    return left === 0 && lived >= BigInt(last ?? 0) && Date.now() - sinceMs > QUIET_MS;
  };
  const isSettled = await patiently({ holds, signs: () => seen, quietMaxMs: SETTLES_MS, pollMs: 500 });
  say(isSettled ? 'the order service has told of everything' : `NOT settled: ${seen}`);
}

/** How often the journal has each event that a service told. */
async function toldIn(stack: Stack, { journalTopic }: Scene): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  await readThrough(stack, { topic: journalTopic, isolation: 'read_committed' }, ({ value }) => {
    const { told } = JSON.parse(value) as { told?: { eventId: string } };
    if (told !== undefined) times.set(told.eventId, (times.get(told.eventId) ?? 0) + 1);
  });
  return times;
}

/** What breaks the protocol in the contract topic, as `dragoman conform` finds it. */
async function conform(scene: Scene): Promise<ConformReport> {
  const kafka = kafkaClient(stackConfig(scene.endpoints).kafka, () => undefined);
  const contracts = readExport(`${scene.directory}/contracts`);
  return scene.withAdmin((admin) => conformOf(kafka, admin, CONTRACT_TOPIC, contracts));
}
