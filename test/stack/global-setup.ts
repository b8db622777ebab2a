/**
 * One stack for the whole integration run. A test file gets its endpoints by `inject('stack')`, and control over it (kill,
 * start, restart) by `await attachStack(inject('stackFile'))`. DRAGOMAN_STACK=reuse takes the stack of `npm run stack -- up`
 * and leaves it running; DRAGOMAN_STACK=docker or native chooses the provider.
 */
import type { TestProject } from 'vitest/node';
import type { Endpoints, ProviderName, Stack, UsualService } from './provider.js';
import { openStack } from './stack.js';
import { StackError } from './stack-error.js';
import { findUpStack } from './up-state.js';

declare module 'vitest' {
  export interface ProvidedContext {
    stack: Pick<Endpoints, UsualService>;
    stackFile: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const wish = process.env.DRAGOMAN_STACK ?? 'auto';
  const reused = wish === 'reuse' ? await reuse() : undefined;
  const stack =
    reused ??
    (await openStack({
      provider: providerOf(wish),
      isShortLived: true,
      progress: (line) => console.error(`stack: ${line}`),
    }));
  project.provide('stack', stack.endpoints);
  project.provide('stackFile', stack.stateFile);
  return async () => {
    if (reused === undefined) await stack.down();
  };
}

/** A part that an earlier run left killed is started again. */
async function reuse(): Promise<Stack | undefined> {
  const running = await findUpStack();
  if (running === undefined) return undefined;
  for (const service of running.state.services) await running.stack.start(service);
  return running.stack;
}

function providerOf(wish: string): ProviderName | 'auto' {
  if (wish === 'docker' || wish === 'native' || wish === 'auto') return wish;
  if (wish === 'reuse') return 'auto'; // nothing is up to be used again
  throw new StackError('USAGE', `DRAGOMAN_STACK is ${wish}; it may be auto, docker, native or reuse`);
}
