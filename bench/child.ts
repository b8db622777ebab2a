/** A part of a measurement in a process of its own, from a source file; it is told its task as its first argument. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { projectDirectory } from '../test/stack/directories.js';

/** @param task plain JSON. */
export const childOf = (module: URL, task: object): ChildProcess =>
  fork(fileURLToPath(module), [JSON.stringify(task)], {
    execArgv: ['--import', 'tsx'],
    cwd: projectDirectory,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
