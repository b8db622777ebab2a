/** `dragoman missed`: facts that a snapshot showed and no transaction told, and rows that it did not show any more. */
import type { AggregateRef } from '../../domain/change-set.js';
import { aggregateRef, type Findings } from '../../domain/state/aggregate-state.js';
import type { Scanned } from '../../pipeline/state/stored-states.js';
import type { CompiledRules } from '../../rules/compile.js';
import { calledOf } from '../../rules/named.js';
import { EXIT, print, say } from '../exit.js';
import { aggregateCommand } from './aggregate-command.js';
import { type Desk, type DeskShard, withDesk } from './desk.js';
import type { ChangeOptions, OperatorOptions } from './operator.js';
import { ofEach } from './shards.js';
import { atStates } from './reading/stored-states.js';

export const missedListCommand = (options: OperatorOptions): Promise<number> =>
  withDesk(options, (desk) => listMissed(desk, options));

async function listMissed({ shards, settings, pipeline }: Desk, options: OperatorOptions): Promise<number> {
  const { rules } = await settings();
  const found = new Map((await ofEach(shards, findingsIn)).flat().sort(([a], [b]) => (a < b ? -1 : 1)));
  const missed = [...found].map(([text, { missed: facts, vanished }]) => ({
    ...calledRef(rules, aggregateRef(text)),
    facts: facts.map(({ fact, occurrence }) => ({ fact: factCalled(rules, fact), occurrence })),
    vanished: Object.fromEntries(Object.entries(vanished).map(([table, rows]) => [table, Object.keys(rows)])),
  }));
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/missed@1', pipeline, missed }));
  else {
    for (const { aggregate, id, facts, vanished } of missed) {
      const names = facts.map(({ fact, occurrence }) => (occurrence === '' ? fact : `${fact} ${occurrence}`));
      const rows = Object.entries(vanished).map(([table, keys]) => `${keys.length} vanished of ${table}`);
      await print(`${aggregate} ${id}: ${[...names, ...rows].join(', ')}`);
    }
  }
  say(missed.length === 0 ? 'nothing was missed' : `${missed.length} aggregates wait for a decision`);
  return EXIT.ok;
}

const calledRef = (rules: CompiledRules, { aggregate, id }: AggregateRef): AggregateRef => ({
  aggregate: calledOf(rules, aggregate),
  id,
});

const factCalled = ({ aggregates }: CompiledRules, first: string): string =>
  [...aggregates.values()].flatMap(({ facts }) => facts).find(({ name }) => name === first)?.definition.name ?? first;

/** By `aggregate:id`. A pipeline that writes meanwhile moves the marker; every part is read at the marker of its moment. */
async function findingsIn({ store }: DeskShard): Promise<[aggregate: string, findings: Findings][]> {
  const found: [string, Findings][] = [];
  let from: string | null = null;
  do {
    const at: string | null = from;
    const part: Scanned = await atStates(store, (states, marker) => states.scan(marker, at));
    for (const [key, { findings }] of part.states) if (findings !== undefined) found.push([key, findings]);
    from = part.next;
  } while (from !== null);
  return found;
}

export const missedPublishCommand = (aggregate: string, id: string, options: ChangeOptions): Promise<number> =>
  aggregateCommand('missed.publish', { aggregate, id }, options);

export const missedDismissCommand = (
  aggregate: string,
  id: string,
  options: ChangeOptions & { readonly keepRows?: boolean },
): Promise<number> =>
  aggregateCommand('missed.dismiss', { aggregate, id }, options, () => ({ keepRows: options.keepRows === true }));
