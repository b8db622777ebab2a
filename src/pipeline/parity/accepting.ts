/**
 * What operators have accepted of parity, by commands (docs/parity.md). What it comes to follows from the commands log and the rules alone, so every shard
 * comes to the same (W1); one that is over is dropped when the next command comes.
 */
import { type AcceptCommand, type CommandOutcome, outcomeOf, type ParityCommand } from '../../domain/command.js';
import type { CompiledCapability } from '../../rules/routes/compile-capabilities.js';
import { type Accepted, ACCEPTED_MAX, isSameFinding, isStanding } from './accepted.js';

/** Why a command over parity is refused: the code begins the text of its outcome. docs/errors.md has this table. */
export const PARITY_REFUSALS = {
  PARITY_NOT_COMPARED: 'The capability has no such contract, or says nothing of parity.',
  PARITY_SIGNATURE_NEEDLESS: 'A signature says where events are different: of another class there is none.',
  PARITY_UNTIL_OVER: 'Findings are accepted until an instant after the command, within a year.',
  PARITY_ACCEPTED_MANY: 'As many findings are accepted as one pipeline may have.',
  PARITY_NOT_ACCEPTED: 'Nobody has accepted this, or it is over.',
} as const satisfies Record<string, string>;

type ParityRefusal = keyof typeof PARITY_REFUSALS;

const UNTIL_MAX_MS = 366 * 24 * 3_600_000;
/** Of a reason, what each commit writes; the commands log has all of it. */
const REASON_KEPT_CHARS = 200;

export class AcceptedFindings {
  readonly #routed: ReadonlyMap<string, CompiledCapability>;
  #all: readonly Accepted[];

  /** @param accepted as it is committed. */
  constructor(routed: ReadonlyMap<string, CompiledCapability>, accepted: readonly Accepted[] = []) {
    this.#routed = routed;
    this.#all = accepted;
  }

  /** Undefined: nothing is accepted. */
  get progress(): { readonly accepted: readonly Accepted[] } | undefined {
    return this.#all.length === 0 ? undefined : { accepted: this.#all };
  }

  take(command: ParityCommand): CommandOutcome {
    const sentMs = Date.parse(command.at);
    const standing = this.#all.filter((each) => isStanding(each, sentMs));
    return command.kind === 'parity.accept' ? this.#accept(command, sentMs, standing) : this.#revoke(command, standing);
  }

  #accept(command: AcceptCommand, sentMs: number, standing: readonly Accepted[]): CommandOutcome {
    const refuse = (code: ParityRefusal, text: string) => outcomeOf(command, 'refused', `${code}: ${text}`);
    if (standing.some((each) => each.command === command.id))
      return outcomeOf(command, 'repeated', 'It was accepted before.');
    const { capability, contract, class: of, signature, until } = command.arguments;
    const known = this.#routed.get(contract);
    if (known?.name !== capability || known.parity === null)
      return refuse('PARITY_NOT_COMPARED', `${contract} of ${capability}: ${comparedIn(this.#routed)}.`);
    if (signature !== undefined && of !== 'different')
      return refuse('PARITY_SIGNATURE_NEEDLESS', `${of} has no signature.`);
    const untilMs = Date.parse(until);
    if (untilMs <= sentMs || untilMs > sentMs + UNTIL_MAX_MS)
      return refuse('PARITY_UNTIL_OVER', `It was sent at ${command.at}, and is to hold until ${until}.`);
    const { by, reason, id } = command;
    const accepted: Accepted = {
      ...{ capability, contract, class: of, until, by, reason: reason.slice(0, REASON_KEPT_CHARS), command: id },
      ...(signature === undefined ? {} : { signature }),
    };
    const others = standing.filter((each) => !isSameFinding(each, accepted));
    if (others.length >= ACCEPTED_MAX)
      return refuse('PARITY_ACCEPTED_MANY', `${others.length} are; revoke some, or accept a whole class.`);
    this.#all = [...others, accepted];
    return outcomeOf(command, 'applied', `It does not count until ${until}.`);
  }

  #revoke(command: Exclude<ParityCommand, AcceptCommand>, standing: readonly Accepted[]): CommandOutcome {
    const { contract, class: of, signature } = command.arguments;
    const finding = { contract, class: of, ...(signature === undefined ? {} : { signature }) };
    const left = standing.filter((each) => !isSameFinding(each, finding));
    if (left.length === standing.length)
      return outcomeOf(command, 'refused', `PARITY_NOT_ACCEPTED: ${PARITY_REFUSALS.PARITY_NOT_ACCEPTED}`);
    this.#all = left;
    return outcomeOf(command, 'applied', 'It counts again.');
  }
}

/** For whoever named another one. */
export function comparedIn(routed: ReadonlyMap<string, CompiledCapability>): string {
  const compared = [...routed].filter(([, { parity }]) => parity !== null);
  if (compared.length === 0) return 'no capability of the rules says what parity is';
  return `compared are ${compared.map(([contract, { name }]) => `${contract} of ${name}`).join(', ')}`;
}
