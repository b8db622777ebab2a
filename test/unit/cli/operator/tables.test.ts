/** `tables known`: what an operator may vouch for; and what the doctor says of a first start. */
import { describe, expect, it } from 'vitest';
import { judgeFirstStart } from '../../../../src/cli/doctor/pipeline.js';
import { behindCommand } from '../../../../src/cli/operator/reading/committed-progress.js';
import type { HeldNow } from '../../../../src/cli/operator/held.js';
import { carriedOut, partsOf, sourcesIn, tablesFor } from '../../../../src/cli/operator/tables.js';
import { commandOf } from '../../../../src/cli/operator/operator.js';
import { isOver } from '../../../../src/cli/operator/transactions.js';
import {
  COMMAND_CHARS_MAX,
  COMMAND_TABLES_MAX,
  readCommand,
  REASON_CHARS_MAX,
} from '../../../../src/domain/command.js';
import type { Beginning } from '../../../../src/domain/source/beginning.js';
import type { Position } from '../../../../src/domain/source/position.js';
import type { Progress } from '../../../../src/pipeline/progress/progress.js';
import { NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';

const progressOf = (next: number, known: readonly string[] = [], begun: Beginning | null = null): Progress => ({
  ...{ commit: 1, offsets: new Map(), clock: null, ends: { state: [], journal: [] }, digest: 'd' },
  commands: { next, resolved: [] },
  frontiers: {
    legacy: {
      ...NO_FRONTIER,
      ...{ epoch: 0, mode: 'exact', timeMs: null, known: { tables: known, begun, sinceMs: 0, learntMs: null } },
    },
  },
});

const tables = { known: ['oms.ord_hdr'], unknown: ['oms.ord_line', 'oms.whs_rel'] };

describe('tables that are vouched for', () => {
  it.each<[string, string[], boolean, string[]]>([
    ['all that are unknown', [], true, ['oms.ord_line', 'oms.whs_rel']],
    ['one by its name', ['oms.whs_rel'], false, ['oms.whs_rel']],
    ['one that is named twice', ['oms.whs_rel', 'oms.whs_rel'], false, ['oms.whs_rel']],
    ['not what is known beside it', ['oms.ord_hdr', 'oms.whs_rel'], false, ['oms.whs_rel']],
  ])('%s', (_, named, all, vouched) => {
    expect(tablesFor(named, tables, all)).toEqual(vouched);
  });

  it.each<[string, string[], boolean, RegExp]>([
    [
      'a table that nobody declares',
      ['oms.ord_hrd'],
      false,
      /No table is named oms.ord_hrd: oms.ord_hdr, oms.ord_line/,
    ],
    ['a table that is known', ['oms.ord_hdr'], false, /Known already: oms.ord_hdr/],
    ['none', [], false, /Name the tables, or say --all\./],
    ['both some and all', ['oms.whs_rel'], true, /not both/],
  ])('%s is refused', (_, named, all, text) => {
    expect(() => tablesFor(named, tables, all)).toThrow(
      expect.objectContaining({ code: 'COMMAND_INVALID', message: expect.stringMatching(text) as string }),
    );
  });

  it('all is refused when all are known', () => {
    expect(() => tablesFor([], { known: ['oms.ord_hdr'], unknown: [] }, true)).toThrow(/All tables are known already/);
  });
});

describe('more tables than one command may name', () => {
  const names = (count: number, chars: number): string[] =>
    Array.from({ length: count }, (_, i) => `oms.t${i}`.padEnd(chars, 'x'));
  const sizes = (tables: readonly string[]): number[] => partsOf(tables).map(({ length }) => length);

  it.each([
    [1, [1]],
    [COMMAND_TABLES_MAX, [100]],
    [COMMAND_TABLES_MAX + 1, [100, 1]],
    [250, [100, 100, 50]],
  ])('%i tables', (count, parts) => {
    expect(sizes(names(count, 10))).toEqual(parts);
  });

  it('long names, and a long reason: each part is a command, and none is left out', () => {
    const tables = names(90, 190);
    const options = { reason: 'r'.repeat(REASON_CHARS_MAX), by: 'b'.repeat(200), wait: 0 };
    const parts = partsOf(tables);
    expect(parts.flat()).toEqual(tables);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      const command = commandOf('tables.known', { source: 's'.repeat(200), tables: part }, 'orders', options);
      expect(JSON.stringify(command).length).toBeLessThanOrEqual(COMMAND_CHARS_MAX);
      expect(readCommand(JSON.stringify(command)).kind).toBe('command');
    }
  });
});

describe('what became of a command', () => {
  const why = { reason: 'the snapshot ended', by: 'ada', wait: 0 };
  const command = commandOf('tables.known', { source: 'legacy', tables: ['oms.a', 'oms.b'] }, 'orders', why);
  const tablesNow = (known: string[]) => ({ source: 'legacy', begun: null, known, unknown: ['oms.c'] });

  it('waits while a shard has not read it, and says which', () => {
    const looked = { behind: ['orders.1'], tables: tablesNow(['oms.a']) };
    expect(carriedOut(command, looked)).toEqual({ waitsFor: ['orders.1'] });
  });

  it.each<[string, number | null, string[]]>([
    ['nothing was ever committed', null, ['orders.0']],
    ['it was not read so far', 7, ['orders.0']],
    ['it was', 8, []],
  ])('is behind when %s', (_, next, behind) => {
    const committed = next === null ? null : { progress: progressOf(next), footprint: null };
    expect(behindCommand([{ shard: { index: 0, count: 2 }, task: 'orders.0', committed }], 7)).toEqual(behind);
  });

  it('applied when its tables are known', () => {
    expect(carriedOut(command, { behind: [], tables: tablesNow(['oms.a', 'oms.b']) })).toMatchObject({
      answer: { begun: null },
    });
  });

  it('refused as soon as it was read without effect, with what to look at', () => {
    expect(() => carriedOut(command, { behind: [], tables: tablesNow(['oms.a']) })).toThrow(
      expect.objectContaining({
        code: 'COMMAND_REFUSED',
        message: expect.stringMatching(/had no effect; still unknown: oms\.b\..*transactions list/) as string,
      }),
    );
  });

  it('of one on a transaction is what the member says', () => {
    const release = commandOf('transaction.release', { source: 'legacy', transaction: '712:90' }, 'orders', why);
    const held = { transaction: '712:90', code: 'SOURCE_GAP', text: 'a gap', isWaitedFor: true, sinceMs: null };
    const now = (one: typeof held | null): HeldNow => ({
      tasks: new Map([
        ['orders.0', { legacy: [] }],
        ['orders.1', { legacy: one === null ? [] : [one] }],
      ]),
      refused: {},
    });
    expect(isOver(release, 'SOURCE_GAP', now(held))).toEqual({ waitsFor: ['orders.1'] });
    expect(isOver(release, 'SOURCE_GAP', now(null))).toEqual({ answer: true });
    expect(isOver(release, 'SOURCE_GAP', now({ ...held, code: 'TRANSACTION_INCOMPLETE' }))).toEqual({ answer: true });
  });

  it('of one on a transaction is refused by name of the shards that refused it, and says when others did not', () => {
    const release = commandOf('transaction.release', { source: 'legacy', transaction: '712:90' }, 'orders', why);
    const now = (tasks: readonly string[], ...refused: readonly string[]): HeldNow => ({
      tasks: new Map(tasks.map((task) => [task, {}])),
      refused: { [release.id]: Object.fromEntries(refused.map((task) => [task, 'It went on.'])) },
    });
    const asked = (each: HeldNow) => () => isOver(release, 'SOURCE_GAP', each);
    expect(asked(now(['orders'], 'orders'))).toThrow(
      expect.objectContaining({ code: 'COMMAND_REFUSED', message: 'transaction 712:90 of legacy: It went on.' }),
    );
    const two = ['orders.0', 'orders.1'];
    expect(asked(now(two, 'orders.1'))).toThrow(/orders\.1: It went on\. The other shards carried it out\.$/);
    expect(asked(now(two, ...two))).toThrow(/orders\.0: It went on\. orders\.1: It went on\.$/);
  });
});

describe('tables that several shards know', () => {
  const begun = (position: string | null): Beginning => ({ position: position as Position | null, timeMs: null });
  const shard = (known: readonly string[], since: Beginning | null) => ({
    committed: { progress: progressOf(8, known, since), footprint: null },
  });
  const declared = ['oms.a', 'oms.b'];

  it('are those that all know, and decided is what the last one decides', () => {
    const all = [shard(['oms.a', 'oms.b'], begun('5')), shard(['oms.b'], begun('7'))];
    expect(sourcesIn(all, ['legacy'], declared)).toEqual([
      { source: 'legacy', begun: begun('7'), known: ['oms.b'], unknown: ['oms.a'] },
    ]);
  });

  it.each([
    ['has not begun', shard(['oms.a'], null)],
    ['never committed', { committed: null }],
  ])('are not decided while one shard %s', (_, other) => {
    const [source] = sourcesIn([shard(['oms.a'], begun(null)), other], ['legacy'], declared);
    expect(source).toMatchObject({ begun: null });
  });
});

describe('a first start, as the doctor sees it', () => {
  const firsts = (first: number): Map<string, number> =>
    new Map([
      ['legacy.oms.ord_hdr', 0],
      ['legacy.oms.whs_rel', first],
    ]);
  const judged = (beginning: 'snapshot' | 'late' | 'empty', first: number) =>
    judgeFirstStart('orders', { name: 'legacy', beginning }, firsts(first));

  it.each(['snapshot', 'empty'] as const)('%s: fails when records are gone', (beginning) => {
    expect(judged(beginning, 0)).toMatchObject({ level: 'ok' });
    const line = judged(beginning, 1);
    expect(line).toMatchObject({ level: 'fail' });
    expect(JSON.stringify(line)).toMatch(
      /legacy.oms.whs_rel begins at offset 1.*BEGINNING_UNKNOWN.*docs\/beginning.md/,
    );
  });

  it('late: says that it learns, whatever is gone', () => {
    for (const first of [0, 1]) {
      expect(judged('late', first)).toMatchObject({ level: 'ok' });
      expect(JSON.stringify(judged('late', first))).toMatch(/it learns, and publishes once/);
    }
  });
});
