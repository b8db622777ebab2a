/**
 * The legacy team changes its tables while orders live: columns come, types get wider, columns that no rule declares get another
 * name or go. No event may differ.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../../../legacy-db/database.js';
import { isLockConflict } from '../lock-conflict.js';
import { isRight, plotCounts } from '../report.js';
import { runPlot } from '../run-plot.js';
import type { Scenario } from './scenario.js';

const ORDERS = 450;
const RATE = 200;
const BASELINE_MS = 2_000;
const BETWEEN_MS = 2_500;

const CHANGES = [
  `ALTER TABLE oms.ord_hdr ADD COLUMN prio_cd char(1) NOT NULL DEFAULT 'N'`,
  `ALTER TABLE oms.ord_line ADD COLUMN gift_txt text`,
  'ALTER TABLE oms.ord_line ALTER COLUMN qty TYPE bigint',
  'ALTER TABLE oms.ord_hdr ALTER COLUMN tot_amt TYPE numeric(16,2)',
  'ALTER TABLE oms.whs_rel ALTER COLUMN whs_cd TYPE varchar(12)',
  'ALTER TABLE oms.ord_hdr RENAME COLUMN crt_ts TO created_at',
  'ALTER TABLE oms.pay_txn DROP COLUMN crt_ts',
  'ALTER TABLE oms.ord_cancel ADD COLUMN agent varchar(20)',
  'ALTER TABLE oms.ord_hdr DROP COLUMN prio_cd',
  `ALTER TABLE oms.cust_addr ADD COLUMN seen_ts timestamptz DEFAULT now()`,
] as const;

export const ddl: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    let done = 0;
    const options = { orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS };
    const result = await runPlot(options, tools, async ({ scene, keeper, say }) => {
      for (const change of CHANGES) {
        await delay(BETWEEN_MS);
        await alter(scene.legacy.url, change);
        say(change);
        done += 1;
        if (done === Math.ceil(CHANGES.length / 2)) await keeper.kill();
      }
      return undefined;
    });
    const own = { 'changes of tables': done, 'kill -9 of Dragoman': result.dragoman.kills };
    return { counts: plotCounts(result, own), right: isRight(result), verdict: result.verdict };
  }),
];

const ATTEMPTS_MAX = 30;

/** It waits for open transactions, and may be the victim of a deadlock with them. */
async function alter(url: string, change: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withClient(url, async (client) => {
        await client.query(`SET lock_timeout = '2s'`);
        await client.query(change);
      });
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isLockConflict(error)) throw error;
    }
  }
}
