/** `dragoman pinned` over a pipeline in memory: which rules are kept, and what a migration would mean. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Desk } from '../../../../src/cli/operator/desk.js';
import { isAnyKept, listed } from '../../../../src/cli/pinned/list.js';
import { type PinnedMigrateOptions, pinnedMigrateCommand, preview } from '../../../../src/cli/pinned/migrate.js';
import { previewOf } from '../../../../src/cli/pinned/preview.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { NO_LOOKUP_ROWS } from '../../../../src/translate/looking.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import { written } from '../../../support/command.js';
import { digestOf, unpinnedOf, versionOf, Versions } from '../../../support/pipeline/versions.js';
import { hdrRow, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

/** Orders 1 to 3 began by `a`, before any rules were kept, and 4 by `b`; those of now (`c`) want a note, and ask no status. */
let all: Versions;
beforeAll(async () => {
  const noted = { when: ({ header }: { header?: { note: string | null } }) => header?.note === 'noted' };
  const source = new SmallSource()
    .transaction(hdrRow('1', 'OPEN'))
    .transaction(hdrRow('2', 'OPEN', 'noted'))
    .transaction(hdrRow('3', 'READY'));
  const before = source.records.slice();
  source.transaction(hdrRow('4', 'OPEN'));
  all = new Versions(before, [unpinnedOf('a'), versionOf('b'), versionOf('c', noted)]);
  await all.live('a');
  all.rig.play(source.records.slice(before.length));
  await all.live('b');
});

const desk = (): Desk => ({
  pipeline: 'orders',
  shards: [{ shard: WHOLE, task: 'orders', store: all.rig.store }],
  settings: () => Promise.resolve(all.settings('c')),
  send: () => Promise.reject(new TypeError('nothing is sent')),
});
const OPTIONS: PinnedMigrateOptions = { dryRun: true, wait: 0, max: 1_000 };

it('pinned list has what is kept, the rules that decided last first', async () => {
  expect(await listed([all.rig.store])).toEqual([
    {
      aggregate: 'order',
      digest: digestOf('b'),
      count: 1,
      isOpen: false,
      since: expect.any(String) as string,
      isNewest: true,
    },
    {
      aggregate: 'order',
      digest: digestOf('a'),
      count: 0,
      isOpen: true,
      since: expect.any(String) as string,
      isNewest: false,
    },
  ]);
});

it('pinned migrate waits for its own type of aggregate: another may go on keeping the same rules', async () => {
  const stores = [all.rig.store];
  expect(await isAnyKept(stores, { aggregate: 'order', digest: digestOf('a') })).toBe(true);
  expect(await isAnyKept(stores, { aggregate: 'return', digest: digestOf('a') })).toBe(false);
  expect(await isAnyKept(stores, { aggregate: 'order', digest: digestOf('c') })).toBe(false);
});

describe('pinned migrate --dry-run', () => {
  it('says of one order what would be otherwise', async () => {
    const { out: lines } = await written(() =>
      preview({ aggregate: 'order', id: '2', kept: undefined }, desk(), OPTIONS),
    );
    expect(lines).toEqual(['1: OrderReady: holds by the rules of now: it has been, and would not be published (2)']);
  });

  it('says it of all that keep the same rules, what is alike once', async () => {
    const { out: lines } = await written(() =>
      preview({ aggregate: 'order', id: undefined, kept: digestOf('a') }, desk(), OPTIONS),
    );
    expect(lines).toEqual(['1: OrderReady: holds by the rules of now: it has been, and would not be published (2)']);
  });

  it('compares as many as are asked for, and sends nothing', async () => {
    const { out: lines } = await written(() =>
      preview({ aggregate: 'order', id: undefined, kept: digestOf('a') }, desk(), { ...OPTIONS, max: 1, json: true }),
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ to: digestOf('c'), compared: 1, more: 2 });
    expect(all.kept).toEqual({ 1: undefined, 2: undefined, 3: undefined, 4: 'b' });
  });
});

it('pinned migrate wants one order, or the rules that are kept', async () => {
  for (const [id, kept] of [
    [undefined, undefined],
    ['1', 'a'],
  ] as const)
    // prettier-ignore
    await expect(pinnedMigrateCommand('order', id, { ...OPTIONS, ...(kept === undefined ? {} : { kept }) })).rejects.toMatchObject({
      code: 'COMMAND_INVALID',
    });
});

it('nothing is said of a fact that happened, though the rules of now do not have it', () => {
  const kept = versionOf('a').rules.aggregates.get('order')!;
  const state = { ...EMPTY_STATE, rows: { 'oms.hdr': { 1: { id: '1', sts: 'READY', note: 'n' } } } };
  const of = { kept, now: { ...kept, facts: [] } };
  const fired = { OrderReady: { '': 1 } };
  expect(previewOf({ ...state, fired }, of, NO_LOOKUP_ROWS)).toEqual([]);
  const gone = 'OrderReady: the rules of now do not have it: it would not happen any more';
  expect(previewOf(state, of, NO_LOOKUP_ROWS)).toEqual([gone]);
});
