/** An operator asks for an incremental snapshot of all tables while orders live: chunks of `r` rows between the streamed ones. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectorConfig } from '../../../legacy-db/connector.js';
import { ORDER_TABLES } from '../legacy-source.js';
import { isRight, plotCounts } from '../report.js';
import { runPlot } from '../run-plot.js';
import { countSnapshotRows } from '../snapshot-rows.js';
import type { Act } from '../run-plot.js';
import type { Scene } from '../scene.js';
import { SignalTable } from '../signal-table.js';
import type { Scenario } from './scenario.js';

const ORDERS = 500;
const RATE = 250;
const BASELINE_MS = 2_000;
const QUIET_MS = 3_000;
/** Small, so that many windows open and close while orders change. */
const CHUNK_ROWS = 100;

export const incrementalSnapshot: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    let opened: Scene | undefined;
    let snapshots = 0;
    const options = {
      ...{ orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS },
      beforeConnector: (scene: Scene) => scene.legacy.run(SignalTable.SQL),
      connector: {
        'signal.data.collection': SignalTable.NAME,
        'signal.enabled.channels': 'source',
        'incremental.snapshot.chunk.size': String(CHUNK_ROWS),
        'table.include.list': `${connectorConfig()['table.include.list'] ?? ''},${SignalTable.NAME}`,
      },
    };
    const result = await runPlot(options, tools, async (act) => {
      opened = act.scene;
      await delay(QUIET_MS);
      do {
        snapshots += 1;
        await takeOne(act, snapshots);
      } while (!act.workloadIsDone());
      return undefined;
    });
    const { incremental: rows } = await countSnapshotRows(opened!);
    const own = {
      'incremental snapshots': snapshots,
      'rows of incremental snapshots': rows,
      'kill -9 of Dragoman': result.dragoman.kills,
    };
    return { counts: plotCounts(result, own), right: isRight(result) && rows > 0, verdict: result.verdict };
  }),
];

/** To its end, with a kill of Dragoman in it. */
export async function takeOne({ scene, keeper, say }: Act, number: number): Promise<void> {
  const signals = new SignalTable(scene.legacy);
  const windows = await signals.windows();
  await signals.executeSnapshot(`snapshot-${number}`, ORDER_TABLES);
  await signals.untilMoreThan(windows);
  await keeper.kill();
  await signals.untilQuiet();
  say(`incremental snapshot ${number} is done`);
}
