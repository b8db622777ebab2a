/** A schema registry (Apicurio) whose data is in the stack's folder, so that it outlives a restart. Its address speaks the API of Confluent's. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SHORT_LIVED } from './java.js';
import type { ProcessSpec } from './processes.js';

const HEAP_MB = 384;

/** @param home of the registry: its jar, and `lib/` beside it. */
export async function prepareRegistry(
  directory: string,
  {
    java,
    home,
    jar,
    port,
  }: { readonly java: string; readonly home: string; readonly jar: string; readonly port: number },
): Promise<ProcessSpec> {
  const own = join(directory, 'registry');
  await mkdir(own);
  const settings = {
    'file.encoding': 'UTF-8',
    'user.timezone': 'UTC',
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': String(port),
    'quarkus.log.level': 'WARN',
    'quarkus.datasource.jdbc.url': `jdbc:h2:file:${join(own, 'schemas')};WRITE_DELAY=0`,
  };
  return {
    command: java,
    args: [
      ...[`-Xms64m`, `-Xmx${HEAP_MB}m`, '-XX:+ExitOnOutOfMemoryError', ...SHORT_LIVED],
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
      ...['-jar', join(home, jar)],
    ],
    directory: own,
    logFile: join(directory, 'registry.log'),
  };
}
