/**
 * Kafka, Kafka Connect, Debezium's connectors and a schema registry, fetched by Maven once for each version of `../pom*.xml`.
 * A folder is filled under another name and renamed when complete, so it is either whole or not there.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '../directories.js';
import { StackError } from '../stack-error.js';
import { withFileLock } from './file-lock.js';
import { run } from './run.js';
import { pathOf } from './tools.js';

export interface Jars {
  /** Class path of the broker, the worker and the tools. */
  readonly classPath: string;
  /** The worker's plugin.path: one folder for each connector. */
  readonly pluginDirectory: string;
}

/** @throws StackError JARS_UNAVAILABLE when Maven cannot fetch them. */
export async function provideJars(progress: (line: string) => void): Promise<Jars> {
  const directory = await provide(
    { name: 'jars', pomFile: pom('pom.xml'), what: 'Kafka and Debezium (about 80 MB)' },
    progress,
  );
  return { classPath: join(directory, 'libs', '*'), pluginDirectory: join(directory, 'plugins') };
}

export interface RegistryJars {
  /** Folder of the registry. */
  readonly home: string;
  /** In it. */
  readonly jar: string;
  /** For plugin.path: the converters of the worker. */
  readonly pluginDirectory: string;
}

/** For those who ask for it. @throws StackError JARS_UNAVAILABLE */
export async function provideRegistry(progress: (line: string) => void): Promise<RegistryJars> {
  const fetched = { name: 'registry', pomFile: pom('pom.registry.xml'), what: 'a schema registry (about 145 MB)' };
  const directory = await provide(fetched, progress);
  const home = join(directory, 'registry');
  const jar = (await readdir(home)).find((name) => name.endsWith('-runner.jar'));
  if (jar === undefined) throw new StackError('JARS_UNAVAILABLE', `${home} has no jar of the registry`);
  return { home, jar, pluginDirectory: join(directory, 'plugins') };
}

/** Debezium's connector for MariaDB, for those who ask for that server. @returns a folder for plugin.path. */
export async function provideMariadbConnector(progress: (line: string) => void): Promise<string> {
  const fetched = {
    name: 'mariadb',
    pomFile: pom('pom.mariadb.xml'),
    what: "Debezium's MariaDB connector (about 12 MB)",
  };
  return join(await provide(fetched, progress), 'plugins');
}

const pom = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

interface Fetched {
  readonly name: string;
  readonly pomFile: string;
  readonly what: string;
}

async function provide(fetched: Fetched, progress: (line: string) => void): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(fetched.pomFile))
    .digest('hex')
    .slice(0, 12);
  const directory = join(cacheDirectory, `${fetched.name}-${digest}`);
  const under = providing.get(directory) ?? provideIn(directory, fetched, progress);
  providing.set(directory, under);
  return under.finally(() => providing.delete(directory));
}

/** By folder: registry and worker ask for the same one at once, and the lock is between processes. */
const providing = new Map<string, Promise<string>>();

async function provideIn(directory: string, fetched: Fetched, progress: (line: string) => void): Promise<string> {
  if (await isComplete(directory)) return directory;
  await withFileLock(`${directory}.lock`, async () => {
    if (!(await isComplete(directory))) await fetchJars(fetched, directory, progress);
  });
  return directory;
}

async function fetchJars(
  { pomFile, what }: Fetched,
  directory: string,
  progress: (line: string) => void,
): Promise<void> {
  progress(`fetching ${what} into ${directory}, once`);
  const partial = `${directory}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const maven = await pathOf('mvn');
  const result = await run(maven, [
    '-B',
    '-ntp',
    '-q',
    '-f',
    pomFile,
    `-Dstack.directory=${partial}`,
    'prepare-package',
  ]);
  if (result.exitCode !== 0 || !(await hasPlugin(partial))) {
    throw new StackError(
      'JARS_UNAVAILABLE',
      `mvn -f ${pomFile} could not fetch the jars. Is the network there, or a mirror set in Maven's settings.xml? It said:\n${result.output.trimEnd()}`,
    );
  }
  await writeFile(join(partial, 'complete'), `${new Date().toISOString()}\n`);
  await rm(directory, { recursive: true, force: true });
  await rename(partial, directory);
}

async function hasPlugin(directory: string): Promise<boolean> {
  const plugins = await readdir(join(directory, 'plugins')).catch(() => []);
  return plugins.length > 0;
}

function isComplete(directory: string): Promise<boolean> {
  return access(join(directory, 'complete')).then(
    () => true,
    () => false,
  );
}
