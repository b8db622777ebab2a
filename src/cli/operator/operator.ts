/** What the commands of operators share: which pipeline, who and why, sending, and waiting for what becomes of it. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { sendCommand } from '../../adapters/kafka/commands.js';
import type { Config } from '../../config/schema.js';
import { type Command, type CommandKind, readCommand } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { internalTopics } from '../../pipeline/state/records.js';
import type { CommonOptions } from '../load.js';

export interface OperatorOptions extends CommonOptions {
  readonly pipeline?: string;
  readonly json?: boolean;
}

/** Of commands that change something. */
export interface ChangeOptions extends OperatorOptions {
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly wait: number;
}

/** The one that is named, or the only one. @throws DragomanError COMMAND_INVALID */
export function pipelineOf({ pipelines }: Config, { pipeline }: OperatorOptions): string {
  const names = Object.keys(pipelines);
  const [only] = names;
  if (pipeline === undefined && names.length === 1 && only !== undefined) return only;
  if (pipeline !== undefined && names.includes(pipeline)) return pipeline;
  const which = pipeline === undefined ? 'Say which pipeline' : `There is no pipeline "${pipeline}"`;
  throw new DragomanError('COMMAND_INVALID', `${which}: --pipeline is one of ${names.join(', ')}.`);
}

/** A command as it will be read by the pipeline. @throws DragomanError COMMAND_INVALID */
export function commandOf(
  kind: CommandKind,
  wanted: Readonly<Record<string, unknown>>,
  pipeline: string,
  options: ChangeOptions,
): Command {
  const reason = options.reason ?? (options.dryRun === true ? 'dry run' : undefined);
  if (reason === undefined)
    throw new DragomanError('COMMAND_INVALID', 'Say why with --reason: it is kept with the decision.');
  const by = options.by ?? userName();
  const at = new Date().toISOString();
  const read = readCommand(JSON.stringify({ id: randomUUID(), pipeline, kind, arguments: wanted, reason, by, at }));
  if (read.kind === 'command') return read.command;
  throw new DragomanError('COMMAND_INVALID', `This is no command: ${read.text}`);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    throw new DragomanError('COMMAND_INVALID', 'The system does not say who you are; say so with --by.', { cause });
  }
}

/** Into the commands log; the pipeline takes it from there, now or when it runs next. @returns its offset there. */
export async function send({ kafka, namespace }: Config, command: Command): Promise<number> {
  const topic = internalTopics(namespace, command.pipeline).commands;
  const value = JSON.stringify(command);
  return sendCommand(
    kafkaClient(kafka, () => undefined),
    { topic, key: command.pipeline, value },
  );
}

const ASK_AGAIN_MS = 250;

/** What became of a command; or the tasks that have not carried it out. */
export type Asked<T> = { readonly answer: T } | { readonly waitsFor: readonly string[] };

/** Asks until there is an answer. @throws DragomanError COMMAND_UNANSWERED after `waitMs`. */
export async function answerTo<T>(command: Command, waitMs: number, ask: () => Promise<Asked<T>>): Promise<T> {
  const until = performance.now() + waitMs;
  for (;;) {
    const asked = await ask();
    if ('answer' in asked) return asked.answer;
    if (performance.now() >= until) {
      throw new DragomanError(
        'COMMAND_UNANSWERED',
        `Command ${command.id} stands in the commands log, and ${asked.waitsFor.join(', ')} did not carry it out within ${waitMs / 1_000} s. It ` +
          `will be carried out once that runs; then the log has a line with this id, and dragoman_commands_total counts it. Do not send it again.`,
        { details: { waitsFor: asked.waitsFor } },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
