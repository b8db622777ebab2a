/** Contract topics as an input: what stands behind a handover record is judged by it, whenever the pipeline itself changed the stage. */
import { describe, expect, it } from 'vitest';
import type { Handover } from '../../../../src/domain/ownership/handover.js';
import { ALL, type Selector, type Stage } from '../../../../src/domain/ownership/route.js';
import type { RawBatch } from '../../../../src/pipeline/ports.js';
import { type Marks, marksOf, type MarksText, marksText, NO_MARKS } from '../../../../src/pipeline/told/marks.js';
import { type RouteNow, ToldInput } from '../../../../src/pipeline/told/told-input.js';
import type { ReadTold, ToldRecord } from '../../../../src/pipeline/told/told-records.js';
import { handover as handoverOf, PRODUCER } from '../../../support/ownership/service-events.js';

const CONTRACT = 'OrderReady.v1';
const OWN = 'dragoman:dragoman.orders';
const DE: Selector = { context: { market: 'DE' } };

/** Records of each partition, by what they are read as. */
const WRITTEN_MS = 1_000;

class Topic {
  readonly #records = new Map<string, ToldRecord[]>();

  add(partition: number, ...records: readonly ToldRecord[]): void {
    const name = `events/${partition}`;
    this.#records.set(name, [...(this.#records.get(name) ?? []), ...records]);
  }

  /** In batches of so many, each once. */
  source(from: ReadonlyMap<string, number>, perBatch = 2): { take: (partition: string) => RawBatch | undefined } {
    const next = new Map(from);
    return {
      take: (partition) => {
        const all = this.#records.get(partition) ?? [];
        const first = next.get(partition) ?? 0;
        if (first >= all.length) return undefined;
        const end = Math.min(all.length, first + perBatch);
        next.set(partition, end);
        const records = Array.from({ length: end - first }, (_, i) => ({
          ...{ offset: first + i, timestampMs: WRITTEN_MS, key: null, value: null, headers: {} },
        }));
        return { partition, topic: 'events', records, nextOffset: end, endOffset: all.length };
      },
    };
  }

  readonly read = ({ partition, offset }: { partition: number; offset: unknown }): ToldRecord =>
    this.#records.get(`events/${partition}`)?.[Number(offset)] ?? { kind: 'passed' };
}

interface Options {
  readonly routes: readonly RouteNow[];
  readonly initial?: readonly { readonly selector: Selector; readonly stage: Stage }[];
  readonly marks?: Marks;
  readonly known?: ReadonlyMap<string, number>;
  readonly partitions?: number;
}

const START = new Map([
  ['events/0', 0],
  ['events/1', 0],
]);

function inputOf(
  topic: Topic,
  { routes, initial = [], marks = NO_MARKS, known = START, partitions = 2 }: Options,
): ToldInput {
  return new ToldInput({
    ...{ partitions: Array.from({ length: partitions }, (_, i) => `events/${i}`), known, bounds: new Map(), marks },
    isTrial: () => false,
    records: topic,
    routesOf: () => routes,
    initialOf: ({ selector }) =>
      initial.find((each) => JSON.stringify(each.selector) === JSON.stringify(selector))?.stage,
  });
}

function all(input: ToldInput, topic: Topic): { ids: string[]; codes: string[] } {
  const source = topic.source(input.needed());
  const found = { ids: [] as string[], codes: [] as string[] };
  while (input.read(source, 100) > 0 || input.waiting > 0) {
    const taken = input.take(3, null);
    found.ids.push(...(taken?.changeSets ?? []).map(({ id, told }) => `${id}:${told?.stage ?? ''}`));
    found.codes.push(...(taken?.findings ?? []).map(({ finding, key }) => `${finding.code} ${key ?? ''}`));
  }
  return found;
}

const event = (id: string, epoch: number, market = 'DE'): ReadTold => ({
  ...{ kind: 'event', contract: CONTRACT, aggregate: 'order', id, eventId: `event of ${id}`, occurrence: '' },
  ...{ sequence: 1, epoch, producer: PRODUCER, isSticky: true, occurredAtMs: 5, context: { market } },
});

const handed = (of: Partial<Handover> & Pick<Handover, 'epoch' | 'to'>, producer = OWN): ToldRecord => ({
  ...{ kind: 'handover', producer, isOfService: producer !== OWN },
  handover: handoverOf({ contract: CONTRACT, selector: DE, ...of }),
});

const route = (stage: Stage, epoch: number, more: Partial<RouteNow> = {}): RouteNow => ({
  ...{ contract: CONTRACT, selector: DE, stage, epoch, ...more },
});
const toService = (epoch: number): ToldRecord => handed({ epoch, from: 'legacy', to: 'service' });

describe('an event', () => {
  it('is taken behind the handover record of its route, with the stage that this gave it', () => {
    const topic = new Topic();
    topic.add(0, toService(1), event('1', 1), event('2', 1));
    const input = inputOf(topic, { routes: [route('service', 1)] });
    expect(all(input, topic)).toEqual({ ids: ['1:service', '2:service'], codes: [] });
    expect(input.needed()).toEqual(
      new Map([
        ['events/0', 3],
        ['events/1', 0],
      ]),
    );
  });

  it('before it is an intruder, and so is one of an epoch that is over', () => {
    const topic = new Topic();
    topic.add(
      0,
      event('early', 1),
      toService(1),
      event('right', 1),
      handed({ epoch: 2, to: 'legacy' }),
      event('zombie', 1),
    );
    const input = inputOf(topic, { routes: [route('legacy', 2)] });
    expect(all(input, topic)).toEqual({
      ids: ['right:service'],
      codes: ['INTRUDER_ROUTE early', 'INTRUDER_EPOCH zombie'],
    });
  });

  it('is right by what stands before it, though the route has been moved on since', () => {
    const topic = new Topic();
    topic.add(0, toService(1), event('1', 1), handed({ epoch: 2, to: 'legacy' }), toService(3), event('2', 3));
    const input = inputOf(topic, { routes: [route('service', 3)] });
    expect(all(input, topic)).toEqual({ ids: ['1:service', '2:service'], codes: [] });
  });

  it('of a route that came to be by a move is judged by the wider one until its record', () => {
    const topic = new Topic();
    topic.add(0, event('1', 0), toService(1), event('2', 0), event('3', 1));
    const routes = [route('service', 0, { selector: ALL }), route('service', 1)];
    const input = inputOf(topic, { routes, initial: [{ selector: ALL, stage: 'service' }] });
    expect(all(input, topic)).toEqual({ ids: ['1:service', '3:service'], codes: ['INTRUDER_EPOCH 2'] });
  });

  it('of an aggregate that no route has is an intruder', () => {
    const topic = new Topic();
    topic.add(0, event('1', 1, 'FR'));
    expect(all(inputOf(topic, { routes: [route('service', 1)] }), topic).codes).toEqual(['INTRUDER_ROUTE 1']);
  });

  it('of a stage that is none of the service is taken, too: whose its aggregate is, its state says', () => {
    const topic = new Topic();
    topic.add(0, toService(1), handed({ epoch: 2, to: 'legacy' }, PRODUCER), event('1', 2));
    const returning = { epoch: 2, to: 'legacy' } as const;
    expect(all(inputOf(topic, { routes: [route('service', 1, { returning })] }), topic)).toEqual({
      ids: ['1:legacy'],
      codes: [],
    });
  });
});

describe('a handover record of a service', () => {
  it('counts where it was asked for, and in each partition by itself', () => {
    const topic = new Topic();
    const returning = { epoch: 2, to: 'legacy' } as const;
    const routes = [route('service', 1, { returning })];
    const input = inputOf(topic, { routes });
    for (const partition of [0, 1]) topic.add(partition, toService(1), event(`${partition}`, 1));
    topic.add(0, handed({ epoch: 2, to: 'legacy' }, PRODUCER));
    expect(all(input, topic).codes).toEqual([]);
    expect(input.isReturned(routes[0] as RouteNow, 'events')).toBe(false);
    topic.add(1, handed({ epoch: 2, to: 'legacy' }, PRODUCER));
    expect(all(input, topic).codes).toEqual([]);
    expect(input.isReturned(routes[0] as RouteNow, 'events')).toBe(true);
  });

  it.each<[string, Partial<RouteNow>, Partial<Handover> & Pick<Handover, 'epoch' | 'to'>]>([
    ['nobody asked', {}, { epoch: 2, to: 'legacy' }],
    ['it is of another epoch', { returning: { epoch: 2, to: 'legacy' } }, { epoch: 3, to: 'legacy' }],
    ['it is to another stage', { returning: { epoch: 2, to: 'legacy' } }, { epoch: 2, to: 'shadow' }],
    ['there is no such route', { returning: { epoch: 2, to: 'legacy' } }, { epoch: 2, to: 'legacy', selector: ALL }],
  ])('is a finding when %s, and changes nothing', (_, more, of) => {
    const topic = new Topic();
    topic.add(0, toService(1), handed(of, PRODUCER), event('1', 1));
    const input = inputOf(topic, { routes: [route('service', 1, more)] });
    const found = all(input, topic);
    expect(found.codes).toEqual([expect.stringMatching(/^HANDOVER_UNASKED /)]);
    expect(found.ids).toEqual(['1:service']);
  });

  it('may come twice', () => {
    const topic = new Topic();
    const returning = { epoch: 2, to: 'legacy' } as const;
    topic.add(
      0,
      toService(1),
      handed({ epoch: 2, to: 'legacy' }, PRODUCER),
      handed({ epoch: 2, to: 'legacy' }, PRODUCER),
    );
    expect(all(inputOf(topic, { routes: [route('service', 1, { returning })] }), topic).codes).toEqual([]);
  });
});

describe('where it goes on', () => {
  it('is at the ends of what was not known, and that is to be said', () => {
    const settings = { partitions: ['events/0', 'events/1'], marks: NO_MARKS, records: new Topic() as never };
    const known = new Map([['events/0', 4]]);
    const bounds = new Map([
      ['events/0', { first: 0, end: 9 }],
      ['events/1', { first: 3, end: 7 }],
    ]);
    const routes = { routesOf: () => [], initialOf: () => undefined, isTrial: () => false, bounds };
    const input = new ToldInput({ ...settings, ...routes, known });
    expect([...input.needed().values()]).toEqual([4, 7]);
    expect(input.isAnew).toBe(true);
    expect(new ToldInput({ ...settings, ...routes, known: input.needed() }).isAnew).toBe(false);
    const trial = new ToldInput({ ...settings, ...routes, known, isTrial: () => true });
    expect([...trial.needed().values()]).toEqual([4, 3]);
  });

  it('is the first record that was not taken, wherever it is broken off, with the marks before it', () => {
    const topic = new Topic();
    topic.add(0, toService(1), event('1', 1), event('2', 1), handed({ epoch: 2, to: 'legacy' }), event('3', 2));
    topic.add(1, toService(1), event('4', 1));
    const routes = [route('legacy', 2)];
    const whole = all(inputOf(topic, { routes }), topic);
    for (let taken = 0; taken <= 7; taken += 1) {
      const first = inputOf(topic, { routes });
      const source = topic.source(first.needed());
      while (first.read(source, 100) > 0);
      const done = first.take(taken, null);
      const text = JSON.stringify(marksText(first.marks));
      const again = inputOf(topic, { routes, known: first.needed(), marks: marksOf(JSON.parse(text) as MarksText) });
      const rest = all(again, topic);
      const ids = (done?.changeSets ?? []).map(({ id, told }) => `${id}:${told?.stage ?? ''}`);
      expect([...ids, ...rest.ids].sort()).toEqual(whole.ids.toSorted());
      expect(rest.codes).toEqual([]);
    }
  });
});

describe('trial topics', () => {
  const tried = (id: string): ToldRecord => ({
    ...{ kind: 'trial', aggregate: 'order', id },
    trial: {
      ...{ contract: 'Ready.v1', eventId: id, occurrence: '', sequence: 1, producer: 'service:orders', value: {} },
    },
  });
  const trial = (topic: Topic, end: number, known = new Map([['events/0', 0]])): ToldInput =>
    new ToldInput({
      ...{ partitions: ['events/0'], known, marks: NO_MARKS, records: topic, isTrial: () => true },
      ...{ bounds: new Map([['events/0', { first: 0, end }]]), routesOf: () => [], initialOf: () => undefined },
    });

  it('are told with the clock of when they were taken, and with when they were written', () => {
    const topic = new Topic();
    topic.add(0, tried('1'));
    for (const [clock, commitTimeMs] of [
      [7, 7],
      [null, WRITTEN_MS],
    ] as const) {
      const input = trial(topic, 1);
      input.read(topic.source(input.needed()), 10);
      expect(input.take(10, clock)?.changeSets).toMatchObject([
        {
          ...{ kind: 'trial', aggregate: 'order', id: '1', place: { partition: 'events/0', offset: 0 } },
          origin: { source: 'service:orders', transactionId: '1', commitTimeMs },
          trial: { contract: 'Ready.v1', writtenMs: WRITTEN_MS },
        },
      ]);
    }
  });

  it('are read up to an instant when nothing that was written by then waits, or is known to be there', () => {
    const topic = new Topic();
    topic.add(0, tried('1'), tried('2'), tried('3'));
    const input = trial(topic, 3);
    const source = topic.source(input.needed());
    expect([input.isTried(WRITTEN_MS - 1), input.isTried(WRITTEN_MS)]).toEqual([false, false]);
    input.read(source, 1);
    expect([input.isTried(WRITTEN_MS - 1), input.isTried(WRITTEN_MS)]).toEqual([true, false]);
    while (input.read(source, 10) > 0);
    expect(input.isTried(WRITTEN_MS)).toBe(false);
    input.take(10, null);
    expect(input.isTried(Infinity)).toBe(true);
    expect(trial(topic, 0, new Map()).isTried(Infinity)).toBe(true);
  });

  it('keep nobody from taking a route over', () => {
    const topic = new Topic();
    topic.add(0, tried('1'));
    expect(trial(topic, 1).isPast(new Map([['events/0', 1]]))).toBe(true);
  });
});

it('stops reading when enough waits, and goes on when that is taken', () => {
  const topic = new Topic();
  topic.add(0, toService(1), ...Array.from({ length: 2_500 }, (_, i) => event(String(i), 1)));
  const input = inputOf(topic, { routes: [route('service', 1)], partitions: 1 });
  const source = topic.source(input.needed(), 100);
  while (input.read(source, 1_000) > 0);
  expect(input.waiting).toBe(1_000);
  expect(input.take(600, null)?.changeSets).toHaveLength(599);
  while (input.read(source, 1_000) > 0);
  expect(input.waiting).toBe(1_000);
});

it('reads from each partition in turn: one with much to say does not keep the others waiting', () => {
  const topic = new Topic();
  topic.add(0, toService(1), ...Array.from({ length: 9_000 }, (_, i) => event(String(i), 1)));
  topic.add(1, toService(1), event('other', 1));
  const input = inputOf(topic, { routes: [route('service', 1)] });
  const source = topic.source(input.needed(), 100);
  const ids: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    for (let step = 0; step < 20; step += 1) input.read(source, 100);
    ids.push(...(input.take(1_000, null)?.changeSets.map(({ id }) => id) ?? []));
  }
  expect(ids).toContain('other');
});
