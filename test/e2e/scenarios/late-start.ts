/**
 * Dragoman comes late: a connector has streamed for long, and what it wrote first has expired. A start as ever is refused; one by the
 * way of docs/beginning.md publishes nothing until an incremental snapshot has told of every table and an operator has said that it
 * is over. From the beginning that Dragoman states on, every event has to come, and none from before it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connectorConfig } from '../../../legacy-db/connector.js';
import { dragomanCommand } from '../../dragoman/command.js';
import { DragomanProcess } from '../../dragoman/process.js';
import { E2eError } from '../e2e-error.js';
import { ORDER_TABLES } from '../legacy-source.js';
import { isRight, plotCounts } from '../report.js';
import { runPlot, type Act } from '../run-plot.js';
import type { Scene } from '../scene.js';
import { SignalTable } from '../signal-table.js';
import { countSnapshotRows } from '../snapshot-rows.js';
import { patiently } from '../../stack/patience.js';
import { takeOne } from './incremental-snapshot.js';
import type { Scenario } from './scenario.js';

const RATE = 150;
const BASELINE_MS = 2_000;
const STREAMED_MS = 15_000;
const LEARNT_MS = 5_000;
const DECIDED_MS = 15_000;
const REFUSED_MAX_MS = 60_000;
/** A busy machine takes its time. */
const ANSWER_MAX_S = '120';
const CHUNK_ROWS = 200;

interface Told {
  readonly begun: { readonly position: string | null } | null;
}

export const lateStart: Scenario = async ({ rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    let opened: Scene | undefined;
    let expired = 0;
    const options = {
      ...{ connections, seed, rate, keyChanges: false, baselineMs: BASELINE_MS },
      beforeConnector: (scene: Scene) => scene.legacy.run(SignalTable.SQL),
      connector: {
        'signal.data.collection': SignalTable.NAME,
        'signal.enabled.channels': 'source',
        'incremental.snapshot.chunk.size': String(CHUNK_ROWS),
        'table.include.list': `${connectorConfig()['table.include.list'] ?? ''},${SignalTable.NAME}`,
      },
      beforeDragoman: async (scene: Scene, say: (line: string) => void) => {
        opened = scene;
        await delay(STREAMED_MS);
        expired = await expire(scene);
        say(`${expired} records have expired`);
        await scene.writeConfig(scene.configFile, scene.legacy.rules, { beginning: 'snapshot' });
        await untilRefused(scene, `${tools.directory}/refused.log`);
        say('a start without a baseline is refused');
        await scene.writeConfig(scene.configFile, scene.legacy.rules, { beginning: 'late' });
      },
    };
    let beginning = 0n;
    const result = await runPlot(options, tools, async (act) => {
      await delay(LEARNT_MS);
      beginning = await begin(act);
      await delay(DECIDED_MS / 2);
      await act.keeper.kill();
      await delay(DECIDED_MS / 2);
      return { first: beginning + 1n };
    });
    const scene = opened!;
    const whole = await scene.legacy.expectation({ first: 0n });
    const before = whole.events.length - result.verdict.expected.length;
    const { incremental: rows } = await countSnapshotRows(scene);
    const own = {
      'records that had expired': expired,
      'rows of incremental snapshots': rows,
      'the stated beginning': String(beginning),
      'facts before the beginning': before,
      'kill -9 of Dragoman': result.dragoman.kills,
    };
    const saysSomething = expired > 0 && rows > 0 && before > 0 && result.verdict.expected.length > 0;
    return { counts: plotCounts(result, own), right: isRight(result) && saysSomething, verdict: result.verdict };
  }),
];

/** As retention does it, topic by topic while all of them are written: transactions lose some of their rows. @returns how many. */
async function expire(scene: Scene): Promise<number> {
  const isInput = (topic: string): boolean =>
    topic === scene.transactionTopic || ORDER_TABLES.some((table) => topic === `${scene.prefix}.oms.${table}`);
  let gone = 0;
  for (const topic of (await scene.ask((admin) => admin.listTopics())).filter(isInput))
    gone += await scene.deleteRecords(topic);
  return gone;
}

/** @throws E2eError NEVER_READY when it starts all the same. */
async function untilRefused({ configFile }: Scene, logFile: string): Promise<void> {
  const codes = new Set<string>();
  const dragoman = new DragomanProcess({
    configFile,
    logFile,
    onLine: ({ code }) => {
      if (code !== undefined) codes.add(code);
    },
  });
  const holds = (): boolean => codes.has('BEGINNING_UNKNOWN');
  const isRefused = await patiently({ holds, signs: () => codes.size, quietMaxMs: REFUSED_MAX_MS });
  await dragoman.kill();
  if (!isRefused) throw new E2eError('NEVER_READY', `a start without a baseline was not refused: ${[...codes].join()}`);
}

/** By the documented way. @returns the place of the last transaction that was only learnt. */
async function begin(act: Act): Promise<bigint> {
  const { scene, say } = act;
  await takeOne(act, 1);
  const known = ['tables', 'known', scene.names.source, '--all', '--reason', 'the incremental snapshot has finished'];
  const { output } = await dragomanCommand([...known, '--wait', ANSWER_MAX_S, '--json', '-c', scene.configFile]);
  const told = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as Told;
  say(`facts begin after ${told.begun?.position ?? '(nothing)'}`);
  if (told.begun?.position == null) throw new E2eError('NEVER_READY', `no beginning is stated: ${output}`);
  return scene.legacy.commitNumber(`0:${told.begun.position.replace(/^.*:/, '')}`);
}
