/** Runs the command line from its TypeScript sources: `npm run dragoman -- <command>`. */
import { main } from './main.js';

await main(process.argv.slice(2));
