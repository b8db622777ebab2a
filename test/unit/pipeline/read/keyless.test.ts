/**
 * A table without primary key, as it was recorded: (1, x) is inserted twice in one transaction, which contradicts that `a` tells its rows
 * apart; (2, null) is inserted and deleted.
 */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, legacy, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import { readRecording } from '../../../support/recordings.js';
import { Rig } from '../../../support/rig.js';

const none = table('oms.k_none', {
  key: ['a'],
  primaryKey: false,
  replicaIdentity: 'full',
  columns: { a: legacy.integer(), b: legacy.text().nullable() },
});
const note = aggregate('note', { row: one(none, (row) => row.a) });
const prose = { topic: 'notes', key: 'noteId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
const told = (name: string) => contract(name, 1, { ...prose, data: z.object({}), example: {} });
const written = note.each('row').inserted('NoteWritten', { importance: 'normal', data: () => ({}) });
const thrown = note.each('row').deleted('NoteThrownAway', { importance: 'normal', data: () => ({}) });
const rules = compileRuleSet(
  ruleSet({
    aggregates: [note],
    facts: [written, thrown],
    publications: [
      publish(written).as(told('NoteWritten'), () => ({})),
      publish(thrown).as(told('NoteThrownAway'), () => ({})),
    ],
  }),
);

it('is followed, and a second row with the key of the first parks its aggregate before anything is published of it', async () => {
  const records = readRecording('postgres/09c-types-string')
    .filter(({ topic }) => /\.(k_none|transaction)$/.test(topic))
    .map((record) => ({ ...record, partition: 0 }));
  const rig = new Rig(records, { rules: { rules, digest: 'd'.repeat(16) } });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.published().map(({ key, value }) => [key, value['eventType']])).toEqual([
    ['2', 'NoteWritten'],
    ['2', 'NoteThrownAway'],
  ]);
  expect(rig.parked()).toEqual({ 'note:1': 'ROW_KEY_CONFLICT' });
  const { parked } = rig.states().get('note:1') ?? {};
  expect(parked?.text).toMatch(/A row 1 of oms\.k_none was inserted, and one with this key is there already\..*\(a\)/);
  expect(rig.states().get('note:9')?.rows).toEqual({ 'oms.k_none': { 9: { a: 9, b: 'snap' } } });
});
