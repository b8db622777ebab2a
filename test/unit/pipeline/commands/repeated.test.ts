/**
 * The same command again, of every kind and on everything that a command may be about: it has its effect, or its refusal, once, whether it is read
 * again by the same process or by the next one, which knows only what is stored.
 */
import { describe, expect, it } from 'vitest';
import type { AggregateCommand } from '../../../../src/domain/command.js';
import { originText } from '../../../../src/domain/change-set.js';
import { commandOf, outcomes, results } from '../../../support/pipeline/commands.js';
import { Rig } from '../../../support/rig.js';
import { hdrRow, lineRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const DAY = 24 * 60 * 60 * 1_000;
const KINDS = {
  unpark: {},
  'parked.discard': { first: 'nothing' },
  'missed.publish': {},
  'missed.dismiss': {},
  forget: {},
  'pin.migrate': {},
} as const satisfies Record<AggregateCommand['kind'], object>;
/** By its id. */
const SUBJECTS = { live: '1', parked: '2', retired: '3', forgotten: '4' } as const;
type Subject = keyof typeof SUBJECTS;

waitsTakeNoTime();

const live = async (rig: Rig): Promise<void> => expect(await rig.live()).toEqual({ kind: 'drained' });

/** One of each. */
async function made(): Promise<Rig> {
  const rules = readyRules({
    when: ({ header }) => {
      if (header?.id === SUBJECTS.parked) throw new Error('a mistake');
      return header?.sts === 'READY';
    },
    retire: { when: ({ header }) => header?.sts === 'DONE', after: '1 day' },
  });
  const orders = new SmallSource();
  for (const id of [SUBJECTS.live, SUBJECTS.parked, SUBJECTS.forgotten]) orders.transaction(hdrRow(id, 'READY'));
  orders.transaction(hdrRow(SUBJECTS.retired, 'DONE'), lineRow('31', SUBJECTS.retired));
  orders.later(2 * DAY).transaction(lineRow('11', SUBJECTS.live));
  const rig = new Rig(orders.records, { rules, nowMs: SMALL_SOURCE_MS + 100 * DAY });
  await live(rig);
  rig.command(commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: SUBJECTS.forgotten } }));
  await live(rig);
  expect(rig.parked()).toEqual({ [`order:${SUBJECTS.parked}`]: 'RULE_THREW' });
  expect(rig.states().get(`order:${SUBJECTS.retired}`)).toMatchObject({ isStub: true, rows: {} });
  expect(rig.states().get(`order:${SUBJECTS.forgotten}`)).toMatchObject({ isErased: true });
  return rig;
}

const command = (kind: AggregateCommand['kind'], id: string, first?: string) =>
  commandOf({
    kind,
    arguments: { aggregate: 'order', id, ...KINDS[kind], ...(first === undefined ? {} : { first }) },
  });

describe.each(Object.keys(SUBJECTS) as Subject[])('of an order that is %s', (subject) => {
  it.each(Object.keys(KINDS) as AggregateCommand['kind'][])('%s has an answer once', async (kind) => {
    const rig = await made();
    const id = SUBJECTS[subject];
    const [waiting] = rig.states().get(`order:${id}`)?.parked?.waiting ?? [];
    const isDiscarding = kind === 'parked.discard' && waiting !== undefined;
    const sent = command(kind, id, isDiscarding ? originText(waiting.origin) : undefined);
    const before = results(rig).length;
    rig.command(sent);
    rig.command(sent);
    await live(rig);
    const stands = rig.states().get(`order:${id}`);
    const entries = rig.journal().length;
    rig.command(sent);
    await live(rig);
    const [first, ...again] = outcomes(rig).slice(before);
    const isTaken = kind === 'forget' ? subject !== 'forgotten' : subject === 'parked' && /^unpark|discard$/.test(kind);
    expect(first?.result).toBe(isTaken ? 'applied' : 'refused');
    expect(again.map(({ result }) => result)).toEqual(['repeated', 'repeated']);
    expect(again.map(({ text }) => text)).toEqual(again.map(() => `It was ${first?.result}: ${first?.text}`));
    expect(rig.journal().filter((entry) => entry.command?.id === sent.id)).toHaveLength(1);
    expect(rig.journal()).toHaveLength(entries);
    expect(rig.states().get(`order:${id}`)).toEqual(stands);
  });
});

it('of one that nobody knows there is nothing to remember it by: it is refused again', async () => {
  const rig = await made();
  const before = results(rig).length;
  for (const kind of Object.keys(KINDS) as AggregateCommand['kind'][]) {
    const sent = command(kind, '99');
    rig.command(sent);
    rig.command(sent);
  }
  await live(rig);
  expect(new Set(results(rig).slice(before))).toEqual(new Set(['refused']));
  expect(rig.states().has('order:99')).toBe(false);
});
