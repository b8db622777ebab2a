/**
 * One more table of the legacy system: notes on orders. The connector captures it from the beginning, the oracle knows nothing of it,
 * and rules declare it or not ({@link RuleSets}); no event depends on it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connectorConfig } from '../../legacy-db/connector.js';
import { withClient } from '../../legacy-db/database.js';

export const NOTES = {
  sql: `CREATE TABLE oms.ord_note (note_no bigserial PRIMARY KEY, ord_no bigint NOT NULL, txt text)`,
  connector: { 'table.include.list': `${connectorConfig()['table.include.list'] ?? ''},oms.ord_note` },
} as const;

const PAUSE_MS = 150;
/** A note of a young order, while others write to that order; every third note is changed, every fifth one goes. */
const WRITES = [
  `INSERT INTO oms.ord_note (ord_no, txt) SELECT max(ord_no), 'call back' FROM oms.ord_hdr HAVING count(*) > 0`,
  `UPDATE oms.ord_note SET txt = 'called' WHERE note_no % 3 = 0 AND txt = 'call back'`,
  `DELETE FROM oms.ord_note WHERE note_no % 5 = 0`,
] as const;

/** Until the signal; each write is a transaction of its own. */
export function writeNotes(url: string, signal: AbortSignal): Promise<void> {
  return withClient(url, async (client) => {
    while (!signal.aborted) {
      for (const sql of WRITES) await client.query(sql);
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  });
}
