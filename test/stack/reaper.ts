/** Entry point of the process that `reaper-start.ts` starts: waits for its owner's end, then takes the owner's stack down. */
import { attachStack } from './stack.js';

process.on('SIGINT', () => undefined); // Ctrl-C ends the owner, and that is our sign
process.stdin.resume();
process.stdin.once('close', () => void takeDown(process.argv[2]!));

async function takeDown(stateFile: string): Promise<void> {
  const stack = await attachStack(stateFile);
  await stack?.down();
}
