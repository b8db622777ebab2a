/**
 * A connector is lost with its slot; orders live on unseen; a new connector with the same topic.prefix takes a full snapshot while
 * they live. What was streamed gives events; what became true unseen gives none, and Dragoman says that it was missed.
 *
 * The connector is lost between two transactions. One that is lost inside a transaction leaves half of it in the topics for ever, and
 * Dragoman then waits for an operator.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../../../legacy-db/database.js';
import { ORDER_TABLES } from '../legacy-source.js';
import { isLockConflict } from '../lock-conflict.js';
import { compareMissed } from '../missed-report.js';
import { isRight, plotCounts } from '../report.js';
import { runPlot } from '../run-plot.js';
import { countSnapshotRows } from '../snapshot-rows.js';
import type { Scene } from '../scene.js';
import type { Scenario } from './scenario.js';

const ORDERS = 500;
const RATE = 250;
const BASELINE_MS = 2_000;
const STREAMED_MS = 12_000;
const UNSEEN_MS = 6_000;
const NEXT_END_MAX_MS = 120_000;

export const resnapshot: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    let opened: Scene | undefined;
    const options = { orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS };
    const result = await runPlot(options, tools, async ({ scene, keeper, boundaries, say }) => {
      opened = scene;
      await delay(STREAMED_MS);
      const after = await whileNobodyWrites(scene.legacy.url, async () => {
        const last = await scene.legacy.lastCommit();
        await boundaries.until('the END of the last transaction', () => boundaries.newest >= last, NEXT_END_MAX_MS);
        await scene.deleteConnector();
        return boundaries.newest;
      });
      say('the connector is gone with its slot; orders live on');
      await delay(UNSEEN_MS);
      const next = boundaries.next(NEXT_END_MAX_MS);
      await scene.startConnector();
      await keeper.kill();
      const before = await next;
      say(`a new connector streams from ${before} on; the last one ended with ${after}`);
      await delay(STREAMED_MS / 2);
      await keeper.kill();
      return { gap: { after, before } };
    });
    const { verdict } = result;
    const missed = await compareMissed(tools.stack, opened!, verdict.missed);
    const own = {
      'missed facts of known orders': verdict.missed.filter(({ wasKnown }) => wasKnown).length,
      'missed facts of orders first seen in the snapshot': verdict.missed.filter(({ wasKnown }) => !wasKnown).length,
      'missed facts reported': missed.reported,
      'missed and not reported': missed.unreported.length,
      'reported and not missed': missed.reportedWrongly.length,
      'reported twice': missed.reportedTwice.length,
      'snapshot rows': (await countSnapshotRows(opened!)).full,
      'kill -9 of Dragoman': result.dragoman.kills,
    };
    const isReportRight = missed.unreported.length + missed.reportedWrongly.length + missed.reportedTwice.length === 0;
    return { counts: plotCounts(result, own), right: isRight(result) && isReportRight, verdict, details: missed };
  }),
];

const TABLES = ORDER_TABLES.map((table) => `oms.${table}`).join(', ');
const ATTEMPTS_MAX = 30;

/** Writers wait; the tables can be read. */
function whileNobodyWrites<T>(url: string, use: () => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    for (let attempt = 1; ; attempt += 1) {
      await client.query(`BEGIN; SET LOCAL lock_timeout = '2s'`);
      try {
        await client.query(`LOCK TABLE ${TABLES} IN SHARE ROW EXCLUSIVE MODE`);
        return await use();
      } catch (error) {
        if (attempt >= ATTEMPTS_MAX || !isLockConflict(error)) throw error;
      } finally {
        await client.query('ROLLBACK');
      }
    }
  });
}
