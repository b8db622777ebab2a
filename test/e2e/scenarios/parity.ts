/**
 * A new service is on trial beside the legacy system and does wrong what the seed says, while Dragoman is killed and Redis emptied again and again. Every
 * deed of it is found, as what it was, and nothing else; figures say as many; and the gate holds it back until what was found is accepted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { pipelineProducer } from '../../../src/domain/ownership/headers.js';
import { patiently } from '../../stack/patience.js';
import { parityCli, type ParityCli } from '../parity/cli.js';
import { Judgements } from '../parity/judgements.js';
import { isOpen, Ledger, parityFaults, type Said } from '../parity/ledger.js';
import { GATE, MARKETS, WITHIN_MS } from '../parity/settings.js';
import { TrialService } from '../parity/trial-service.js';
import { countsOf, isRight } from '../report.js';
import { runWithFaults } from '../run-faults.js';
import type { Act } from '../run-plot.js';
import { PIPELINE, type Scene } from '../scene.js';
import type { RunTools } from '../tools.js';
import { Tail } from '../../../legacy-db/oracle/tail.js';
import { layRules } from './lay-rules.js';
import type { Scenario } from './scenario.js';

const ORDERS = 900;
const RATE = 250;
const BASELINE_MS = 2_000;
const ROUNDS_MIN = 2;
/** Of each class; fewer would prove little. */
const FOUND_MIN = 4;
const CLASSES = ['equal', 'different', 'onlyLegacy', 'onlyService', 'late', 'outOfOrder'];
const GATED = 'OrderReleasedToWarehouse.v1';
const MARKET = 'market=DE';
const STANDS_STILL_MS = 60_000;
/** More than is to be found has time to come. */
const AFTER_MS = 3_000;

interface Heard extends Said {
  readonly gate: readonly string[];
}

export const parity: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    const ledger = new Ledger();
    let heard: Heard | undefined;
    let trial: Trial | undefined;
    const options = {
      ...{ orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS },
      ...{ faults: ['dragoman', 'flush'] as const, roundsMin: ROUNDS_MIN },
      ownRules: { rules: await layRules(tools.directory, 'compared-rules') },
      before: async (act: Act) => void (trial = await beginTrial(act, tools, ledger, seed)),
      judging: ({ names, namespace }: Scene) => {
        const producer = pipelineProducer(namespace, PIPELINE);
        const publisher = { producer, causes: names.source, isService: false };
        return Promise.resolve({ names: { ...names, publisherOf: () => publisher } });
      },
      afterwards: async (act: Act) => void (heard = await settle(act, trial!, ledger)),
    };
    const result = await runWithFaults(options, tools);
    const { gate, ...said } = heard!;
    const faults = parityFaults(ledger, said);
    const found = ledger.counts();
    const differences = {
      'seeded and not found as such': faults.missed.length,
      'found and not seeded': faults.false.length,
      'figures that are not the seed’s': faults.figures.length,
      'examples that are not so, or missing': faults.examples.length,
      'wrong words of the gate': gate.length,
    };
    const own = {
      ...Object.fromEntries(CLASSES.map((each) => [`seeded: ${each}`, found[each] ?? 0])),
      'judgements in the journal': said.judged.length,
      'examples shown': said.examples.length,
      ...differences,
    };
    const saysSomething = CLASSES.every((each) => (found[each] ?? 0) >= FOUND_MIN);
    const right = isRight(result) && Object.values(differences).every((count) => count === 0) && saysSomething;
    return {
      counts: { ...countsOf(result), ...own },
      ...{ right, verdict: result.verdict, details: { ...faults, gate } },
    };
  }),
];

interface Trial {
  readonly judgements: Judgements;
  /** No more transactions come: until everything is told, or it takes too long. */
  readonly end: () => Promise<void>;
  readonly service: TrialService;
}

async function beginTrial(act: Act, { cleanup }: RunTools, ledger: Ledger, seed: number): Promise<Trial> {
  const { scene, boundaries, signal } = act;
  const judgements = await Judgements.follow(scene.kafka(), scene.journalTopic, `${scene.namespace}-judged`);
  cleanup.add(() => judgements.close());
  const producer = scene.kafka().producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  cleanup.add(() => producer.disconnect());
  const legacy = new pg.Pool({ connectionString: scene.legacy.url, max: 2 });
  legacy.on('error', () => undefined);
  cleanup.add(() => legacy.end());
  const service = new TrialService({
    ...{ names: scene.names, seed, producer, ledger, markets: MARKETS },
    ...{ tail: await Tail.open(legacy), first: boundaries.first ?? 0n },
    isMissed: (pair) => judgements.isMissed(pair),
  });
  let isOver = false;
  const halt = new AbortController();
  const running = service.run(() => isOver, AbortSignal.any([signal, halt.signal]));
  running.catch(() => undefined); // seen below
  const end = async (): Promise<void> => {
    isOver = true;
    const tooLong = setTimeout(() => halt.abort(), STANDS_STILL_MS);
    await running.catch((error: unknown) => {
      if (!halt.signal.aborted) throw error;
    });
    clearTimeout(tooLong);
  };
  cleanup.add(() => Promise.resolve(halt.abort()));
  return { judgements, service, end };
}

/** The time of all pairs is over; what is late is told and found. */
async function settle(act: Act, { judgements, service, end }: Trial, ledger: Ledger): Promise<Heard> {
  const { scene, keeper, workloadIsDone, say } = act;
  while (!workloadIsDone() || Date.now() - service.quietSinceMs < AFTER_MS) await delay(100);
  say('the database is quiet');
  await delay(WITHIN_MS);
  await scene.legacy.run(
    `UPDATE oms.ord_hdr SET notes = 'looked at' WHERE ord_no = (SELECT min(ord_no) FROM oms.ord_hdr)`,
  );
  say('and one more transaction');
  await end();
  await patiently({
    holds: () => judgements.all.length >= ledger.judgements,
    signs: () => judgements.all.length,
    ...{ quietMaxMs: STANDS_STILL_MS, pollMs: 500 },
  });
  await delay(AFTER_MS);
  await keeper.current.untilRunning();
  const cli = parityCli(scene.configFile);
  return {
    judged: judgements.all,
    ...(await cli.said()),
    gate: await gateFaults(cli, ledger),
  };
}

/** What was found holds the service back, until it is accepted; by the figures of the seed. */
async function gateFaults(cli: ParityCli, ledger: Ledger): Promise<string[]> {
  const faults: string[] = [];
  const counts = ledger.figures()[`${GATED} ${MARKET}`] ?? {};
  const accepted = new Set<string>();
  const plan = async (when: string): Promise<void> => {
    const [wanted, actual] = [isOpen(counts, accepted, GATE) ? 0 : 3, await cli.plan(GATED, MARKET)];
    if (actual !== wanted) faults.push(`${when} a plan ends with ${actual}, and not with ${wanted}`);
  };
  const bad = Object.entries(counts).filter(([each]) => each !== 'equal');
  const [[most] = ['']] = bad.toSorted(([, a], [, b]) => b - a);
  await plan('before anything is accepted');
  for (const [each] of bad) {
    await cli.accept(GATED, each);
    accepted.add(each);
  }
  await plan('when all is accepted');
  await cli.revoke(GATED, most);
  accepted.delete(most);
  await plan('when some of it is revoked');
  return faults;
}
