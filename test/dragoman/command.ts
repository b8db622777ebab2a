/** How Dragoman is called as a program: by node, with one command of the command line. */
import { projectDirectory } from '../stack/directories.js';
import { run, type RunResult } from '../stack/native/run.js';
import { compiledProject } from './build.js';
import { ProcessError } from './process-error.js';

/** What node is given before the command: flags of its own and the entry, a build of another checkout for one. */
export type Entry = readonly string[];

/** The sources as they stand here. */
export const FROM_SOURCES: Entry = [await compiledProject()];

export interface CommandOptions {
  readonly entry?: Entry;
  readonly timeoutMs?: number;
}

/** A command of the command line, to its end. @throws ProcessError COMMAND_FAILED */
export async function dragomanCommand(args: readonly string[], options: CommandOptions = {}): Promise<RunResult> {
  const { entry = FROM_SOURCES, timeoutMs } = options;
  const result = await run(process.execPath, [...entry, ...args], {
    directory: projectDirectory,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (result.exitCode === 0) return result;
  throw new ProcessError(
    'COMMAND_FAILED',
    `dragoman ${args.join(' ')} ends with ${result.exitCode ?? '?'}:\n${result.output}`,
  );
}
