/**
 * Debezium writes Avro, and a schema registry has its schemas. Registry and Dragoman are killed again and again, together too: then Dragoman knows no schema
 * and the registry does not answer, so it waits. A column comes in between, and with it schemas that nobody has seen.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { avroConverters } from '../../../legacy-db/avro-converters.js';
import { AvroReader } from '../../support/avro/reader.js';
import { untilConnectorRuns } from '../connector-repair.js';
import type { Common } from '../ground.js';
import { PostgresSource } from '../postgres-source.js';
import { isRight, plotCounts } from '../report.js';
import { runPlotOn } from '../run-plot.js';
import type { Scenario } from './scenario.js';

const ORDERS = 300;
const RATE = 150;
const BASELINE_MS = 2_000;
const QUIET_MS = 4_000;
/** Longer than Dragoman tries to reach the registry before it says so. */
const AWAY_MS = 6_000;
const NEXT_END_MAX_MS = 180_000;
const ROUNDS_MIN = 3;

export const avro: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use<Common | 'postgres' | 'registry'>(
    { services: ['postgres', 'connect', 'redis', 'registry'] },
    async (tools) => {
      const { stack } = tools;
      const { url, native } = stack.endpoints.registry;
      const reader = new AvroReader(url);
      let [away, worker, changes] = [0, 0, 0];
      const result = await runPlotOn(
        (endpoints, database) => new PostgresSource(endpoints, database),
        {
          ...{ orders, rate, connections, seed, keyChanges: true, baselineMs: BASELINE_MS },
          registry: { url, text: (value) => reader.text(value) },
          connector: avroConverters(native),
        },
        tools,
        async ({ scene, boundaries, keeper, say, workloadIsDone }) => {
          do {
            await delay(QUIET_MS);
            await stack.kill('registry');
            await keeper.kill(); // what it knew of schemas is gone, too
            await delay(AWAY_MS);
            await stack.start('registry');
            await keeper.current.untilRunning();
            away += 1;
            say('kill -9 of the registry and of Dragoman');
            await delay(QUIET_MS);
            await scene.legacy.run(`ALTER TABLE oms.ord_hdr ADD COLUMN own_${changes} numeric(9,3) DEFAULT 1.5`);
            changes += 1;
            say('another column');
            await keeper.kill();
            if (worker > 0) continue;
            await stack.kill('connect');
            await stack.start('connect');
            await untilConnectorRuns(stack.endpoints.connect.url, scene.connector);
            await boundaries.next(NEXT_END_MAX_MS);
            worker += 1;
            say('kill -9 of the Connect worker');
          } while (!workloadIsDone() || away < ROUNDS_MIN);
          return undefined;
        },
      );
      const waited = result.dragoman.failures['REGISTRY_UNREACHABLE'] ?? 0;
      const own = {
        ...{ 'kill -9 of the registry': away, 'kill -9 of the Connect worker': worker, 'columns that came': changes },
        'kill -9 of Dragoman': result.dragoman.kills,
        'times that Dragoman waited for the registry': waited,
      };
      return { counts: plotCounts(result, own), right: isRight(result) && waited > 0, verdict: result.verdict };
    },
  ),
];
