/**
 * `repair.republish`, `repair.correct`: events that stand in the journal are written once more as they were, or corrected; each aggregate by itself, and
 * all that a command names in one Kafka transaction. A command says where in the journal they stand, so nothing is looked for here, and what does not stand
 * there is refused with a code. Each shard repairs its own.
 */
import { ownsAggregate } from '../../../changeset/sharing.js';
import { outcomeOf, type RepairCommand } from '../../../domain/command.js';
import { counted, type RepairTarget, repairWords } from '../../../domain/repair/repair.js';
import type { RepairRefused } from '../../../domain/repair/refusals.js';
import type { Shard } from '../../../domain/shard.js';
import type { AggregateState } from '../../../domain/state/aggregate-state.js';
import type { Repaired } from '../../../domain/state/journal-entry.js';
import { summaryOf } from '../../../translate/entry.js';
import { type Decisions, Deciding } from '../../decide/decisions.js';
import { toldOf } from '../../discrepancies/figures.js';
import { audit, auditOf, remembering } from '../audit.js';
import { askedOf, type Asked, type AskedPorts, toOf } from './asked.js';
import { correctionsOf } from './corrections.js';
import { repeatsOf, type RepairSettings } from './repeats.js';

/** What a shard has of the command. */
export const ownTargets = ({ arguments: { targets } }: RepairCommand, shard: Shard): readonly RepairTarget[] =>
  targets.filter((target) => ownsAggregate(shard, target));

interface Parts {
  readonly command: RepairCommand;
  readonly ports: AskedPorts;
  readonly decisions: Deciding;
  readonly settings: RepairSettings;
  /** Topics that are not there. */
  readonly missing: ReadonlySet<string>;
  readonly tally: Tally;
}

type Known = Asked & { readonly state: AggregateState };

/** @throws DragomanError MARKER_MOVED, and what the topic of the journal answers */
export async function repair(command: RepairCommand, ports: AskedPorts, settings: RepairSettings): Promise<Decisions> {
  const { all, missing } = await askedOf(command, ownTargets(command, settings.shard), ports, settings);
  const decisions = new Deciding(ports.memory, settings);
  const tally = new Tally();
  const parts: Parts = { command, ports, decisions, settings, missing, tally };
  for (const { state, ...one } of all) {
    if (state === null)
      tally.refuse({
        code: 'REPAIR_AGGREGATE_UNKNOWN',
        text: `${one.target.aggregate} ${one.target.id} is not known.`,
      });
    else if (state.lastCommand?.id === command.id) tally.repeat(state.lastCommand.text);
    else await repairOne({ ...one, state }, parts);
  }
  if (tally.isSettling) decisions.told.push(toldOf(ports.memory));
  decisions.told.push(...tally.told(), { kind: 'command', outcome: tally.outcome(command) });
  return decisions.end();
}

async function repairOne(one: Known, parts: Parts): Promise<void> {
  const { command, decisions, settings, tally } = parts;
  const refused = await (command.kind === 'repair.republish' ? republished(one, parts) : corrected(one, parts));
  if (refused === null) return;
  tally.refuse(refused);
  const told = remembering(command, one.state, 'refused', `${refused.code}: ${refused.text}`);
  audit(one.ref, command, told, decisions, settings);
}

/** @returns why it is not; null: it is. */
function republished(one: Known, parts: Parts): RepairRefused | null {
  const { command, decisions, settings, missing, tally } = parts;
  const { target, ref, state } = one;
  const repeats = repeatsOf(one, command, { settings, missing, bytes: tally.bytes });
  if ('code' in repeats) return repeats;
  const { records, bytes } = repeats;
  decisions.records.push(...records);
  tally.bytes = bytes;
  tally.repair(target, records);
  settle(target, command, parts);
  const told = remembering(command, state, 'applied', `${counted(target.events.length, 'event')} published once more.`);
  audit(ref, command, told, decisions, settings, { outcome: 'repeated', repair: repairedBy(command, target) });
  return null;
}

async function corrected(one: Known, parts: Parts): Promise<RepairRefused | null> {
  const { command, ports, decisions, settings, tally } = parts;
  const { target, ref, state } = one;
  const made = await correctionsOf(one, command, { memory: ports.memory, settings });
  if ('code' in made) return made;
  const { events, sequences } = made;
  const told = remembering(
    command,
    { ...state, sequences },
    'applied',
    `${counted(events.length, 'event')} corrected.`,
  );
  const done = { outcome: 'corrected' as const, repair: repairedBy(command, target), events: events.map(summaryOf) };
  decisions.add({ state: told, entry: auditOf(ref, command, told, settings, done), events });
  tally.repair(target, events);
  settle(target, command, parts);
  return null;
}

/** What it repairs is settled by it, until a run that looks later finds it again. */
function settle({ id, discrepancies = [] }: RepairTarget, command: RepairCommand, { ports, tally }: Parts): void {
  const { at, by } = command;
  const { discrepancies: known } = ports.memory;
  for (const each of discrepancies)
    if (known.get(each)?.businessKey === id && known.stand(each, { is: 'repaired', at, by, command: command.id }))
      tally.isSettling = true;
}

const repairedBy = (command: RepairCommand, { events, discrepancies }: RepairTarget): Repaired => ({
  ...{ repair: command.arguments.repair, to: toOf(command), events },
  ...(discrepancies === undefined ? {} : { discrepancies }),
});

/** What one command came to. */
class Tally {
  bytes = 0;
  /** Discrepancies stand otherwise by it. */
  isSettling = false;
  readonly #repaired: RepairTarget[] = [];
  readonly #refused: RepairRefused[] = [];
  readonly #repeated: string[] = [];
  /** How many events, by topic. */
  readonly #written = new Map<string, number>();

  repair(target: RepairTarget, written: readonly { readonly topic: string }[]): void {
    this.#repaired.push(target);
    for (const { topic } of written) this.#written.set(topic, (this.#written.get(topic) ?? 0) + 1);
  }

  refuse(why: RepairRefused): void {
    this.#refused.push(why);
  }

  /** The same command again. */
  repeat(text: string): void {
    this.#repeated.push(text);
  }

  *told() {
    for (const [topic, events] of this.#written) yield { kind: 'repaired' as const, topic, events };
  }

  outcome(command: RepairCommand) {
    const [refused] = this.#refused;
    const [before] = this.#repeated;
    const why = refused === undefined ? '' : `${refused.code}: ${refused.text}`;
    const more = why === '' ? '' : ` Refused: ${counted(this.#refused.length, 'aggregate')}, the first for ${why}`;
    if (this.#repaired.length > 0)
      return outcomeOf(command, 'applied', `${repairWords(this.#repaired)} repaired.${more}`);
    return before === undefined
      ? outcomeOf(command, 'refused', why)
      : outcomeOf(command, 'repeated', `It was: ${before}${more}`);
  }
}
