/** `dragoman parity accept` and `revoke`: findings that do not count for a while, by a command that all shards carry out. */
import { type ParityCommand, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { isSameFinding } from '../../pipeline/parity/accepted.js';
import { AcceptedFindings } from '../../pipeline/parity/accepting.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { answerTo, type Asked, type ChangeOptions, commandOf, pipelineOf, send } from '../operator/operator.js';
import { behindCommand, progressIn, type ShardProgress } from '../operator/reading/committed-progress.js';

export interface ParityFindingOptions extends ChangeOptions {
  readonly signature?: string;
}

export interface ParityAcceptOptions extends ParityFindingOptions {
  readonly until: string;
}

export const parityAcceptCommand = (contract: string, is: string, options: ParityAcceptOptions): Promise<number> =>
  decided('parity.accept', { contract, class: is, until: options.until }, options);

export const parityRevokeCommand = (contract: string, is: string, options: ParityFindingOptions): Promise<number> =>
  decided('parity.revoke', { contract, class: is }, options);

/** Judged here by what is committed, as the pipeline will judge it. */
async function decided(
  kind: ParityCommand['kind'],
  wanted: { readonly contract: string; readonly class: string; readonly until?: string },
  options: ParityFindingOptions,
): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const { routed } = (await rulesOf(options, loaded)).rules;
  const capability = routed.get(wanted.contract)?.name ?? 'none';
  const { signature } = options;
  const asked = { capability, ...wanted, ...(signature === undefined ? {} : { signature }) };
  const command = commandOf(kind, asked, pipeline, options) as ParityCommand;
  const shards = await progressIn(config, pipeline);
  const { result, text } = new AcceptedFindings(routed, acceptedIn(shards[0])).take(command);
  if (result === 'refused') throw new DragomanError('COMMAND_REFUSED', text);
  if (options.dryRun === true) {
    say(`dry run, nothing is written: ${subjectOf(command)}: ${text}`);
    return EXIT.ok;
  }
  const offset = await send(config, command);
  say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  if (options.wait === 0) return EXIT.ok;
  await answerTo(command, options.wait * 1_000, async () =>
    becameOf(command, offset, await progressIn(config, pipeline)),
  );
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/parity-accept@1', command, result: 'applied', text }));
  else await print(`applied: ${subjectOf(command)}: ${text}`);
  return EXIT.ok;
}

const acceptedIn = (shard: Pick<ShardProgress, 'committed'> | undefined) =>
  shard?.committed?.progress.parity?.accepted ?? [];

/** @throws DragomanError COMMAND_REFUSED when it was read and had no effect */
export function becameOf(command: ParityCommand, offset: number, shards: readonly ShardProgress[]): Asked<true> {
  const waitsFor = behindCommand(shards, offset);
  if (waitsFor.length > 0) return { waitsFor };
  const { contract, class: is, signature } = command.arguments;
  const finding = { contract, class: is, ...(signature === undefined ? {} : { signature }) };
  const isThere = shards.some((shard) =>
    acceptedIn(shard).some((each) =>
      command.kind === 'parity.accept' ? each.command === command.id : isSameFinding(each, finding),
    ),
  );
  if (isThere === (command.kind === 'parity.accept')) return { answer: true };
  throw new DragomanError(
    'COMMAND_REFUSED',
    `Command ${command.id} was read and had no effect: the log of the pipeline has a line with this id and the reason.`,
  );
}
