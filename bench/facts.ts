/** What a figure depends on: machine, versions, and what else the machine was doing. */
import { readFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface MachineFacts {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Load of the last minute before measuring began; well above 0 means that others were computing too. */
  readonly loadBefore: number;
}

export async function machineFacts(): Promise<MachineFacts> {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    versions: await stackVersions(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** The stack's own list of versions. */
export async function stackVersions(): Promise<{ kafka: string; debezium: string }> {
  const pom = await readFile(fileURLToPath(new URL('../test/stack/pom.xml', import.meta.url)), 'utf8');
  const of = (name: string): string => new RegExp(`<${name}\\.version>([^<]+)<`).exec(pom)?.[1] ?? 'unknown';
  return { kafka: of('kafka'), debezium: of('debezium') };
}
