/** Finds the programs that the native stack is made of; as root on Debian or Ubuntu it installs the missing ones. */
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { ServiceName } from '../provider.js';
import { cacheDirectory } from '../directories.js';
import { StackError } from '../stack-error.js';
import { withFileLock } from './file-lock.js';
import { run } from './run.js';

type ToolName = 'java' | 'mvn' | 'postgres' | 'redis-server' | MariadbTool;
type MariadbTool = 'mariadbd' | 'mariadb-install-db' | 'mariadb-binlog';

interface Tool {
  readonly neededBy: readonly ServiceName[];
  /** Where it may be outside PATH: a folder, or a glob of one level like `/usr/lib/postgresql/<version>/bin`. */
  readonly find: () => Promise<string | undefined>;
  readonly debianPackage: string;
  readonly hint: string;
}

const javaMajorMin = 17;

const tools: Readonly<Record<ToolName, Tool>> = {
  java: {
    neededBy: ['kafka', 'connect', 'registry'],
    find: findJava,
    debianPackage: 'default-jre-headless',
    hint: `a Java runtime of version ${javaMajorMin} or later, on PATH or in JAVA_HOME`,
  },
  mvn: {
    neededBy: ['kafka', 'connect', 'registry'],
    find: () => findExecutable('mvn'),
    debianPackage: 'maven',
    hint: 'Apache Maven 3.6 or later, on PATH; it fetches Kafka and Debezium once',
  },
  postgres: {
    neededBy: ['postgres'],
    find: findPostgres,
    debianPackage: 'postgresql',
    hint: 'PostgreSQL 14 or later: initdb and postgres on PATH or in /usr/lib/postgresql/<version>/bin',
  },
  'redis-server': {
    neededBy: ['redis', 'redis-replica'],
    find: () => findExecutable('redis-server'),
    debianPackage: 'redis-server',
    hint: 'redis-server 7 or later, on PATH',
  },
  mariadbd: mariadbTool('mariadbd'),
  'mariadb-install-db': mariadbTool('mariadb-install-db'),
  'mariadb-binlog': mariadbTool('mariadb-binlog'),
};

/** Looks only; installs nothing. */
export async function missingTools(services: readonly ServiceName[]): Promise<ToolName[]> {
  const missing: ToolName[] = [];
  for (const name of Object.keys(tools) as ToolName[]) {
    const needed = tools[name].neededBy.some((service) => services.includes(service));
    if (needed && (await tools[name].find()) === undefined) missing.push(name);
  }
  return missing;
}

export async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await findExecutable('apt-get')) !== undefined;
}

export function missingText(missing: readonly ToolName[]): string {
  const lines = missing.map((name) => `  ${name}: ${tools[name].hint}`);
  const packages = packagesOf(missing).join(' ');
  return `the native stack lacks:\n${lines.join('\n')}\nOn Debian or Ubuntu: sudo apt-get install ${packages}. Or start Docker.`;
}

/** @throws StackError TOOL_MISSING with what is missing and how to get it. */
export async function provideTools(services: readonly ServiceName[], progress: (line: string) => void): Promise<void> {
  if ((await missingTools(services)).length === 0) return;
  await withFileLock(join(cacheDirectory, 'install.lock'), async () => {
    const missing = await missingTools(services);
    if (missing.length === 0) return;
    if (!(await canInstall())) throw new StackError('TOOL_MISSING', missingText(missing));
    await install(packagesOf(missing), progress);
  });
  const missing = await missingTools(services);
  if (missing.length > 0) throw new StackError('TOOL_MISSING', missingText(missing));
}

/** The library that gives a process a clock of its own. @throws StackError TOOL_MISSING */
export async function provideFaketime(progress: (line: string) => void): Promise<string> {
  if ((await findFaketime()) === undefined && (await canInstall())) {
    await withFileLock(join(cacheDirectory, 'install.lock'), () => install(['faketime'], progress));
  }
  const library = await findFaketime();
  if (library !== undefined) return library;
  throw new StackError('TOOL_MISSING', 'libfaketime is not here. On Debian or Ubuntu: sudo apt-get install faketime.');
}

/** The browser in which pages are looked at. @throws StackError TOOL_MISSING */
export async function provideChromium(progress: (line: string) => void): Promise<string> {
  if ((await findChromium()) === undefined && (await canInstall())) {
    await withFileLock(join(cacheDirectory, 'install.lock'), () => install(['chromium'], progress));
  }
  const browser = await findChromium();
  if (browser !== undefined) return browser;
  throw new StackError('TOOL_MISSING', 'Chromium is not here. On Debian: sudo apt-get install chromium.');
}

const packagesOf = (names: readonly ToolName[]): string[] => [
  ...new Set(names.map((name) => tools[name].debianPackage)),
];

/** @throws StackError TOOL_MISSING; call {@link provideTools} first. */
export async function pathOf(name: ToolName): Promise<string> {
  const path = await tools[name].find();
  if (path === undefined) throw new StackError('TOOL_MISSING', missingText([name]));
  return path;
}

async function install(packages: readonly string[], progress: (line: string) => void): Promise<void> {
  progress(`installing Debian packages: ${packages.join(' ')}`);
  await aptGet(['update']);
  await aptGet(['install', '-y', '--no-install-recommends', ...packages]);
}

/** RUNLEVEL=1 keeps the packages from starting the servers that they bring: ours are started by us alone. */
async function aptGet(args: readonly string[]): Promise<void> {
  const result = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], {
    environment: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  if (result.exitCode === 0) return;
  throw new StackError('TOOL_MISSING', `apt-get ${args.join(' ')} failed:\n${result.output.trimEnd()}`);
}

async function findJava(): Promise<string | undefined> {
  const home = process.env.JAVA_HOME;
  const candidates = [home === undefined ? undefined : join(home, 'bin', 'java'), await findExecutable('java')];
  for (const path of candidates) {
    if (path === undefined || !(await isExecutable(path))) continue;
    const { output } = await run(path, ['-version']);
    if (Number(/version "(\d+)/.exec(output)?.[1] ?? 0) >= javaMajorMin) return path;
  }
  return undefined;
}

/** The folder's `postgres`, provided that `initdb` is beside it. */
async function findPostgres(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin'));
  for (const folder of [...newestFirst, ...pathFolders()]) {
    if ((await isExecutable(join(folder, 'postgres'))) && (await isExecutable(join(folder, 'initdb')))) {
      return join(folder, 'postgres');
    }
  }
  return undefined;
}

/** Debian's place for it, by architecture: `/usr/lib/x86_64-linux-gnu/faketime`. */
async function findFaketime(): Promise<string | undefined> {
  const architectures = await readdir('/usr/lib').catch(() => []);
  const paths = architectures.map((name) => join('/usr/lib', name, 'faketime', 'libfaketimeMT.so.1'));
  for (const path of paths) if (await isAccessible(path, constants.R_OK)) return path;
  return undefined;
}

async function findChromium(): Promise<string | undefined> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = await findExecutable(name);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** All of them come with the server's package. */
function mariadbTool(name: MariadbTool): Tool {
  return {
    neededBy: ['mariadb'],
    find: () => findExecutable(name),
    debianPackage: 'mariadb-server',
    hint: 'MariaDB 10.6 or later, on PATH',
  };
}

async function findExecutable(name: string): Promise<string | undefined> {
  for (const folder of pathFolders()) {
    if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

function pathFolders(): string[] {
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
}

const isExecutable = (path: string): Promise<boolean> => isAccessible(path, constants.X_OK);

function isAccessible(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
