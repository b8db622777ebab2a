/** Runs the command line from its TypeScript sources: `npm run dragoman -- <command>`. */
import { endOnCrash } from './exit.js';
import { main } from './main.js';

endOnCrash();
await main(process.argv.slice(2));
