// What tsc does not copy: the Lua scripts and the files of the console, beside the code that reads them.
import { cpSync } from 'node:fs';

cpSync('src/adapters/redis/lua', 'dist/src/adapters/redis/lua', { recursive: true });
cpSync('src/console/assets', 'dist/src/console/assets', { recursive: true });
