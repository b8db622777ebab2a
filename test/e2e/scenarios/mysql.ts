/**
 * The MySQL family, as MariaDB: the same orders, Debezium's MariaDB connector, the truth from the binlog. Dragoman is killed, and
 * so is the Connect worker: the connector then reads the binlog again from its last stored place.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { untilConnectorRuns } from '../connector-repair.js';
import type { Common } from '../ground.js';
import { MariadbSource } from '../mariadb-source.js';
import { isRight, plotCounts } from '../report.js';
import { runPlotOn } from '../run-plot.js';
import type { Scenario } from './scenario.js';

const ORDERS = 400;
const RATE = 120;
const BASELINE_MS = 2_000;
const QUIET_MS = 8_000;
const NEXT_END_MAX_MS = 120_000;

export const mysql: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use<Common | 'mariadb'>({ services: ['mariadb', 'connect', 'redis'] }, async (tools) => {
    const { stack, directory } = tools;
    let workerKills = 0;
    const result = await runPlotOn(
      (endpoints) => new MariadbSource(endpoints, directory),
      { orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS },
      tools,
      async ({ scene, boundaries, keeper, say, workloadIsDone }) => {
        do {
          await delay(QUIET_MS);
          await keeper.kill();
          say('kill -9 of Dragoman');
          await delay(QUIET_MS);
          await stack.kill('connect');
          await delay(300); // what it had committed before is read by now
          const next = boundaries.next(NEXT_END_MAX_MS);
          await stack.start('connect');
          await untilConnectorRuns(stack.endpoints.connect.url, scene.connector);
          await next;
          workerKills += 1;
          say('kill -9 of the Connect worker');
        } while (!workloadIsDone());
        return undefined;
      },
    );
    const own = { 'kill -9 of Dragoman': result.dragoman.kills, 'kill -9 of the Connect worker': workerKills };
    return { counts: plotCounts(result, own), right: isRight(result), verdict: result.verdict };
  }),
];
