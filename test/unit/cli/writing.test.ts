/** Commands that are told to write where nothing can be written say so, with what to do, and end as after a wrong option. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../support/command.js';
import { recordingPath } from '../../support/recordings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-writing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const retailer = fileURLToPath(new URL('../../../rules', import.meta.url));
const LIFECYCLE = recordingPath('postgres/01-lifecycle');

it.each<[string, (place: string) => readonly string[]]>([
  ['rules graph', (place) => ['rules', 'graph', '-r', retailer, '--out', place]],
  ['translate', (place) => ['translate', LIFECYCLE, '-r', retailer, '--journal', place]],
  ['init', (place) => ['init', place, '--recording', LIFECYCLE]],
])('%s', async (_, command) => {
  writeFileSync(join(folder, 'file'), '');
  const { code, err } = await run(command(join(folder, 'file', 'below')));
  expect([code, err]).toEqual([2, expect.stringMatching(/COMMAND_INVALID.*it cannot be written \(ENOTDIR/)]);
});
