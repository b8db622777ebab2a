/** Debezium's signal table on PostgreSQL: signals go in, and the connector marks the windows of its chunks there. */
import { setTimeout as delay } from 'node:timers/promises';
import { E2eError } from './e2e-error.js';
import type { LegacySource } from './legacy-source.js';

const POLL_MS = 100;
const FIRST_WINDOW_MAX_MS = 60_000;
const END_MAX_MS = 120_000;
/** So long without a new window: the snapshot has come to its end. */
const QUIET_MS = 5_000;

export class SignalTable {
  static readonly NAME = 'oms.dbz_signal';
  /** As the connector's documentation has it. It must be there, and be captured, when the connector starts. */
  static readonly SQL = `CREATE TABLE ${SignalTable.NAME} (id varchar(64) PRIMARY KEY, type varchar(32) NOT NULL, data text)`;

  constructor(readonly legacy: LegacySource) {}

  executeSnapshot(id: string, tables: readonly string[]): Promise<void> {
    const data = JSON.stringify({ 'data-collections': tables.map((table) => `oms.${table}`), type: 'incremental' });
    return this.legacy.run(`INSERT INTO ${SignalTable.NAME} VALUES ('${id}', 'execute-snapshot', '${data}')`);
  }

  /** Chunks that were read so far, of all snapshots. */
  async windows(): Promise<number> {
    const sql = `SELECT count(*)::text FROM ${SignalTable.NAME} WHERE type = 'snapshot-window-close'`;
    return Number((await this.legacy.value(sql)) ?? 0);
  }

  /** @throws E2eError STREAM_SILENT */
  async untilMoreThan(windows: number): Promise<void> {
    const deadline = Date.now() + FIRST_WINDOW_MAX_MS;
    while ((await this.windows()) <= windows) await pause(deadline, 'the connector reads no chunk after the signal');
  }

  /** @throws E2eError STREAM_SILENT */
  async untilQuiet(): Promise<void> {
    const deadline = Date.now() + END_MAX_MS;
    let known = -1;
    let sinceMs = Date.now();
    while (Date.now() - sinceMs < QUIET_MS) {
      const now = await this.windows();
      if (now !== known) sinceMs = Date.now();
      known = now;
      await pause(deadline, 'the incremental snapshot has no end');
    }
  }
}

async function pause(deadline: number, text: string): Promise<void> {
  if (Date.now() > deadline) throw new E2eError('STREAM_SILENT', text);
  await delay(POLL_MS);
}
