/** Kafka's own command line tools, as an operator would run them: where Kafka is a container, in it, and else from its jars. */
import { readState } from './state-file.js';
import { StackError } from './stack-error.js';
import type { Stack } from './stack.js';

export interface KafkaTool {
  /** Its name in `bin` of Kafka. */
  readonly script: string;
  readonly mainClass: string;
}

export const CONSUMER_GROUPS: KafkaTool = {
  script: 'kafka-consumer-groups.sh',
  mainClass: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
};

/** @returns what it printed. @throws StackError TOOL_FAILED */
export async function kafkaTool(stack: Stack<'kafka'>, tool: KafkaTool, args: readonly string[]): Promise<string> {
  const { exitCode, output } = await (stack.provider === 'docker' ? inContainer : inJvm)(stack, tool, args);
  if (exitCode === 0) return output;
  throw new StackError('TOOL_FAILED', `${tool.script} ${args.join(' ')} ended with ${exitCode}:\n${output}`);
}

type Ended = Promise<{ readonly exitCode: number | null; readonly output: string }>;

async function inJvm({ endpoints }: Stack<'kafka'>, { mainClass }: KafkaTool, args: readonly string[]): Ended {
  const [{ provideJars }, { javaCommand, SHORT_LIVED }, { run }, { pathOf }] = await Promise.all([
    import('./native/jars.js'),
    import('./native/java.js'),
    import('./native/run.js'),
    import('./native/tools.js'),
  ]);
  const { classPath } = await provideJars(() => undefined);
  const all = ['--bootstrap-server', endpoints.kafka.bootstrapServers.join(','), ...args];
  const { command, args: java } = javaCommand({ java: await pathOf('java'), classPath }, mainClass, all, {
    heapMb: 128,
    flags: SHORT_LIVED,
  });
  return run(command, java);
}

async function inContainer({ stateFile }: Stack<'kafka'>, { script }: KafkaTool, args: readonly string[]): Ended {
  const [{ dockerClient }, { inside }] = await Promise.all([
    import('./docker/daemon.js'),
    import('./docker/environment.js'),
  ]);
  const part = (await readState(stateFile))?.parts['kafka-1'] as { readonly containerId: string } | undefined;
  if (part === undefined) throw new StackError('TOOL_FAILED', 'the stack has no container kafka-1');
  const client = await dockerClient();
  const command = [`/opt/kafka/bin/${script}`, '--bootstrap-server', `kafka-1:${inside.kafka}`, ...args];
  return client.container.exec(client.container.getById(part.containerId), command);
}
