/** The stack that `npm run stack -- up` left running, if any: at most one for each clone of the project. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { upFile } from './directories.js';
import type { Stack, StackState } from './provider.js';
import { attachStack } from './stack.js';
import { readState } from './state-file.js';

/** Undefined when nothing is up; the pointer of a stack whose folder is gone is removed. */
export async function findUpStack(): Promise<{ readonly stack: Stack; readonly state: StackState } | undefined> {
  const stateFile = (await readFile(upFile, 'utf8').catch(() => '')).trim();
  if (stateFile === '') return undefined;
  const [stack, state] = [await attachStack(stateFile), await readState(stateFile)];
  if (stack !== undefined && state !== undefined) return { stack, state };
  await forgetUpStack();
  return undefined;
}

export async function rememberUpStack(stack: Stack): Promise<void> {
  await mkdir(dirname(upFile), { recursive: true });
  await writeFile(upFile, `${stack.stateFile}\n`);
}

export function forgetUpStack(): Promise<void> {
  return rm(upFile, { force: true });
}
