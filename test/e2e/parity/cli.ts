/** What an operator is told of parity, by the command line, and what he does about it. */
import { execFile } from 'node:child_process';
import { FROM_SOURCES } from '../../dragoman/command.js';
import { projectDirectory } from '../../stack/directories.js';
import { E2eError } from '../e2e-error.js';
import { type Judged, judgementOf } from './judgements.js';
import type { Figures, Said } from './ledger.js';

export interface ParityCli {
  readonly said: () => Promise<Pick<Said, 'figures' | 'examples' | 'examplesMax'>>;
  /** @returns the exit code of a plan to move these to the service. */
  readonly plan: (contract: string, selector: string) => Promise<number>;
  /** @param found a class, perhaps with a signature behind a colon. */
  readonly accept: (contract: string, found: string) => Promise<void>;
  readonly revoke: (contract: string, found: string) => Promise<void>;
}

/** Of one route and class. */
const EXAMPLES_MAX = 20;
const OUTPUT_BYTES_MAX = 64_000_000;
const HOUR_MS = 3_600_000;

interface Listed {
  readonly routes: readonly { readonly route: string; readonly found: Figures[string] }[];
}

interface Examples {
  readonly examples: readonly (Judged & { readonly id: string })[];
}

/** @param config file of the deployment, which runs. */
export function parityCli(config: string): ParityCli {
  const call = (...args: readonly string[]) => dragoman([...args, '-c', config]);
  const done = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await call(...args);
    if (code === 0) return stdout;
    throw new E2eError('COMMAND_FAILED', `dragoman ${args.join(' ')} ends with ${code}: ${stderr}`);
  };
  const decide = async (what: readonly string[], found: string): Promise<void> => {
    const [is = '', signature] = found.split(':');
    const of = signature === undefined ? [] : ['--signature', signature];
    await done('parity', ...what, is, ...of, '--reason', 'as the run wants it', '--wait', '60');
  };
  return {
    said: async () => {
      const { routes } = JSON.parse(await done('parity', 'list', '--json')) as Listed;
      const { examples } = JSON.parse(await done('parity', 'examples', '--max', '100000', '--json')) as Examples;
      return {
        figures: Object.fromEntries(routes.map(({ route, found }) => [route, found])),
        examples: examples.map(({ id, ...judged }) => judgementOf(id, judged)),
        examplesMax: EXAMPLES_MAX,
      };
    },
    plan: async (contract, selector) =>
      (await call('routes', 'plan', 'fulfilment', selector, '--to', 'service', '--contract', contract)).code,
    accept: (contract, found) => {
      const until = new Date(Date.now() + HOUR_MS).toISOString();
      return decide(['accept', contract, '--until', until], found);
    },
    revoke: (contract, found) => decide(['revoke', contract], found),
  };
}

function dragoman(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: projectDirectory, maxBuffer: OUTPUT_BYTES_MAX };
    const child = execFile(process.execPath, [...FROM_SOURCES, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 128, stdout, stderr }),
    );
  });
}
