/** What is expected of an order that keeps its rules is due by these, however long those of now wait. */
import { expect, it } from 'vitest';
import { commandOf, results } from '../../../support/pipeline/commands.js';
import { digestOf, Versions } from '../../../support/pipeline/versions.js';
import { awaitedRules, HOUR } from '../../../support/sources/awaited-orders.js';
import { hdrRow, SMALL_SOURCE_MS, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

it('is overdue at its instant, in a transaction before the next, though the rules of now wait longer', async () => {
  const source = new SmallSource().transaction(hdrRow('1', 'OPEN'));
  const all = new Versions(
    source.records,
    [
      { name: 'a', rules: awaitedRules({ pin: true, after: 'noted' }).rules },
      { name: 'b', rules: awaitedRules({ pin: true, after: 'noted', within: '100 days' }).rules },
    ],
    { nowMs: SMALL_SOURCE_MS + 10_000 * HOUR },
  );
  expect(await all.live('a')).toEqual({ kind: 'drained' });
  const { length } = source.records;
  source
    .transaction({ ...hdrRow('1', 'OPEN', 'late'), op: 'u' })
    .later(5 * HOUR)
    .transaction({ ...hdrRow('1', 'READY', 'late'), op: 'u' });
  all.rig.play(source.records.slice(length));
  expect(await all.live('b')).toEqual({ kind: 'drained' });
  expect(all.rig.eventsOf('1').map(({ eventType }) => eventType)).toEqual(['OrderReadyOverdue', 'OrderReady']);
  const became = all.rig.journal().flatMap(({ deadlines = [] }) => deadlines.map((deadline) => deadline.became));
  expect(became).toEqual(['awaited', 'overdue', 'late']);
});

it('is not overdue when its rules were migrated, and those of now wait for nothing', async () => {
  const source = new SmallSource().transaction(hdrRow('1', 'OPEN'));
  const all = new Versions(
    source.records,
    [
      { name: 'a', rules: awaitedRules({ pin: true }).rules },
      { name: 'b', rules: awaitedRules({ pin: true, isAwaited: false }).rules },
    ],
    {
      nowMs: SMALL_SOURCE_MS + 10_000 * HOUR,
      settings: { acceptedNames: new Set(['order.OrderReadyOverdue', 'OrderReadyOverdue']) },
    },
  );
  expect(await all.live('a')).toEqual({ kind: 'drained' });
  const { length } = source.records;
  source.later(5 * HOUR).transaction(hdrRow('2', 'OPEN'));
  all.rig.command(commandOf({ kind: 'pin.migrateAll', arguments: { aggregate: 'order', rules: digestOf('a') } }));
  all.rig.play(source.records.slice(length));
  expect(await all.live('b')).toEqual({ kind: 'drained' });
  const { timers, overdue } = all.rig.states().get('order:1') ?? {};
  expect([results(all.rig), timers, overdue, all.rig.eventsOf('1')]).toEqual([['applied'], undefined, undefined, []]);
});
