/** The bench's poison: every way of it parks an order, for the reason that it says, by the rules that are measured. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { letRulesThrow } from '../../../bench/poison/throwing-rules.js';
import { loadRules, type LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { projectDirectory } from '../../stack/directories.js';
import { orderOf, poisonedRow } from '../../../bench/poison/poison-rows.js';
import { isStreamedRow } from '../../support/recorded/histories.js';
import { readRecording, type RecordedRecord } from '../../support/recordings.js';
import { Rig } from '../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-poison-'));
let rules: LoadedRules;
beforeAll(async () => {
  cpSync(join(projectDirectory, 'rules'), folder, { recursive: true });
  await letRulesThrow(folder);
  await letRulesThrow(folder);
  rules = await loadRules(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const TABLES = ['ord_hdr', 'ord_line', 'pay_txn', 'whs_rel', 'ord_cancel', 'cust_addr'];

const changesOf = (table: string): RecordedRecord[] =>
  records.filter((record) => record.topic === `legacy.oms.${table}` && record.value !== null && isStreamedRow(record));

/** Only this change is wrong. */
async function parkedBy(record: RecordedRecord, value: Buffer): Promise<[Record<string, string>, string[]]> {
  const input = records.map((each) => (each === record ? { ...record, value: value.toString() } : each));
  const rig = new Rig(input, { rules, source: { unplaced: 'report' } });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return [rig.parked(), rig.deadLetters().map(({ headers }) => headers['dragoman.dlq.error.code'] ?? '')];
}

it.each(TABLES)('of %s parks the order, for the reason that it names', async (table) => {
  const kinds = new Map<string, number>();
  for (let turn = 0; turn < 8; turn += 1) {
    const found = changesOf(table).map(
      (record) => [record, poisonedRow(table, Buffer.from(record.value!), turn)] as const,
    );
    const kind = found[0]?.[1]?.kind ?? '';
    if (kinds.has(kind)) break;
    kinds.set(kind, 0);
    // Some kinds show only when the change causes an event: until one does.
    for (const [record, poison] of found) {
      if (kinds.get(kind)! > 0) break;
      const [parked, letters] = await parkedBy(record, poison!.value);
      const order = orderOf(Buffer.from(record.key ?? ''), Buffer.from(record.value!));
      expect(Object.keys(parked).filter((text) => text !== `order:${order}`)).toEqual([]);
      const code =
        poison!.kind === 'cut off'
          ? /RECORD_UNDECODABLE|ROW_OWNER_UNKNOWN/
          : new RegExp(`^${poison!.kind.split(',')[0]}$`);
      for (const letter of letters) expect(letter).toMatch(code);
      kinds.set(kind, kinds.get(kind)! + letters.length);
    }
  }
  expect(kinds.size).toBeGreaterThan(1);
  expect([...kinds].filter(([, letters]) => letters === 0)).toEqual([]);
});

it('leaves what is no change of a consumed table alone', () => {
  expect(poisonedRow('ord_doc', Buffer.from('{}'), 0)).toBeNull();
});
