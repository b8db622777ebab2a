#!/usr/bin/env node
import { endOnCrash } from '../dist/src/cli/exit.js';
import { main } from '../dist/src/cli/main.js';

endOnCrash();
await main(process.argv.slice(2));
