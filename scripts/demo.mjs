/** `npm run demo`: see `demo/main.ts`. Says something at once, makes sure that the dependencies are there, and starts. */
import { ensureReady } from './ensure.mjs';

const isHelp = process.argv.some((argument) => argument === '--help' || argument === '-h');
if (!isHelp) process.stdout.write('\nDragoman: row changes of a legacy database become business events.\n');

ensureReady();

const { register } = await import('tsx/esm/api');
register();
const { main } = await import('./demo/main.ts');
process.exitCode = await main(process.argv.slice(2));
