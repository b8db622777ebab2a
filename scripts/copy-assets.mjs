// What tsc does not copy: the Lua scripts, beside the code that reads them.
import { cpSync } from 'node:fs';

cpSync('src/adapters/redis/lua', 'dist/src/adapters/redis/lua', { recursive: true });
