import { fileURLToPath } from 'node:url';

export interface Jvm {
  readonly java: string;
  readonly classPath: string;
}

/** For what lives for seconds or minutes: to compile it well takes longer than that saves. */
export const SHORT_LIVED: readonly string[] = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

const logging = fileURLToPath(new URL('log4j2.properties', import.meta.url));

/** The command line of one JVM; file encoding and time zone do not depend on the machine. */
export function javaCommand(
  jvm: Jvm,
  mainClass: string,
  args: readonly string[],
  options: { readonly heapMb: number; readonly flags?: readonly string[] },
): { command: string; args: string[] } {
  return {
    command: jvm.java,
    args: [
      `-Xms${Math.min(128, options.heapMb)}m`,
      `-Xmx${options.heapMb}m`,
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      '-Dfile.encoding=UTF-8',
      '-Duser.timezone=UTC',
      `-Dlog4j2.configurationFile=${logging}`,
      ...(options.flags ?? []),
      '-cp',
      jvm.classPath,
      mainClass,
      ...args,
    ],
  };
}

/** Java's properties format: a backslash is an escape in it. */
export function propertiesText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}
