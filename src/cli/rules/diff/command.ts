/**
 * `dragoman rules diff`: the same recording through two sets of rules, on the adapters in memory, and what the second tells that the first does
 * not. Exit code 3 when something differs, so that a build can stop on it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openRecording } from '../../../adapters/files/recording.js';
import type { BeginningPolicy } from '../../../domain/source/beginning.js';
import { EXIT, print, say } from '../../exit.js';
import { type CommonOptions, configOf, rulesFolder } from '../../load.js';
import { markdownLines } from './markdown.js';
import { rulesDiff } from './replay.js';
import { diffJson, diffLines } from './report.js';
import { isDifferent } from './rules-diff.js';
import { sideOf } from './side.js';

export interface DiffOptions extends CommonOptions {
  readonly from: string;
  /** Default: the folder of the rules. */
  readonly to?: string;
  readonly recording: string;
  /** In the place of what the config says of every source. */
  readonly beginning?: BeginningPolicy;
  readonly values?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export async function rulesDiffCommand(options: DiffOptions): Promise<number> {
  const loaded = configOf(options, false);
  const home = rulesFolder(options, loaded);
  const scratch = mkdtempSync(join(tmpdir(), 'dragoman-diff-'));
  try {
    const recording = await openRecording(options.recording);
    const { redacted, only } = recording;
    if (only !== null) say(`the recording has only ${only}`);
    const from = await sideOf({ option: '--from', name: options.from, home, scratch, redacted });
    const to = await sideOf({ option: '--to', name: options.to ?? relative('', home), home, scratch, redacted });
    const diff = await rulesDiff(from, to, recording, {
      ...{ config: loaded.config, beginning: options.beginning, file: options.recording },
      isShown: options.values === true,
    });
    if (options.json === true) await print(JSON.stringify(diffJson(diff)));
    else for (const line of options.markdown === true ? markdownLines(diff) : diffLines(diff)) await print(line);
    for (const side of [diff.from, diff.to])
      say(`${side.name}: ${side.events} events, ${side.parked} parked, digest ${side.digest}`);
    say(isDifferent(diff) ? 'they differ' : 'no event differs');
    return isDifferent(diff) ? EXIT.findings : EXIT.ok;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
