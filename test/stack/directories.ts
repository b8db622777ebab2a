import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root: the nearest folder above this file that has a package.json. */
export const projectDirectory = ((): string => {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
})();

/** Downloaded jars and the state of `stack up`; DRAGOMAN_STACK_CACHE moves it, to share it between clones. */
export const cacheDirectory = resolve(projectDirectory, process.env.DRAGOMAN_STACK_CACHE ?? join('.cache', 'stack'));

/** Points to the state of the stack that `npm run stack -- up` left running; always in this project. */
export const upFile = join(projectDirectory, '.cache', 'stack', 'up.json');
