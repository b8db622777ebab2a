/** States by their names: of a store that holds nothing nobody can say what was never heard of; of a recording in which nothing was decided one can. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { statesIn } from '../../../../src/cli/why/outside/stored.js';
import { run } from '../../../support/command.js';
import { readRecording } from '../../../support/recordings.js';
import { isStreamedRow } from '../../../support/recorded/histories.js';
import { Rig } from '../../../support/rig.js';
import { hdrRow, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-stored-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a store that holds nothing, as after it was lost, refuses', async () => {
  await expect(statesIn(new MemoryStore(), ['order:1'])).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
});

it('a store has them in the order asked for, and null for what was never heard of', async () => {
  const rig = new Rig(new SmallSource().transaction(hdrRow('1', 'OPEN')).records, { rules: readyRules() });
  await rig.live();
  const [one, two] = await statesIn(rig.store, ['order:2', 'order:1']);
  expect(one).toBeNull();
  expect(two?.rows).toMatchObject({ 'oms.hdr': { 1: { sts: 'OPEN' } } });
});

it('a recording in which nothing was decided knows that nothing was heard of', async () => {
  const row = readRecording('postgres/01-lifecycle').find((record) => isStreamedRow(record));
  const file = join(folder, 'one-row.ndjson');
  writeFileSync(file, `${JSON.stringify(row)}\n`);
  const { code, out, err } = await run(['why', 'order', '900010', '--recording', file, '--rules', 'rules']);
  expect([code, out[0], err]).toEqual([0, expect.stringContaining('order 900010: never heard of'), expect.any(String)]);
});
