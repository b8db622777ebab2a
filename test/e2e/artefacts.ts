/** What is needed to find out why a run went wrong: logs of all parts, expected and published events, every difference. */
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pc from 'picocolors';
import { serviceNames } from '../stack/provider.js';
import type { CommonStack } from './tools.js';
import type { Verdict } from './verdict.js';

export interface Artefacts {
  /** Holds config and Dragoman's log already. */
  readonly directory: string;
  /** Still up. */
  readonly stack: CommonStack;
  readonly verdict?: Verdict;
  readonly details?: unknown;
  readonly say: (line: string) => void;
}

export async function keepArtefacts({ directory, stack, verdict, details, say }: Artefacts): Promise<void> {
  if (stack.provider === 'native') {
    await cp(dirname(stack.stateFile), join(directory, 'stack'), {
      recursive: true,
      filter: (path) => !/data$/.test(path) && !/\.(aof|sock)$/.test(path),
    }).catch((error: unknown) => say(`logs of the stack cannot be copied: ${String(error)}`));
  } else {
    for (const service of serviceNames)
      await writeFile(join(directory, `${service}.log`), await stack.logTail(service));
  }
  if (verdict !== undefined) {
    const { differences, parkedDifferently, expected, committed, aborted } = verdict;
    await writeFile(
      join(directory, 'differences.json'),
      JSON.stringify({ ...differences, parkedDifferently, details }, null, 2),
    );
    await writeFile(join(directory, 'expected.ndjson'), ndjson(expected));
    await writeFile(join(directory, 'published.ndjson'), ndjson(committed));
    await writeFile(join(directory, 'aborted.ndjson'), ndjson(aborted.events));
  }
  say(pc.red(`logs and records are in ${directory}`));
}

const ndjson = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
