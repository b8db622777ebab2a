/**
 * What every sink promises (`src/pipeline/ports.ts`, rules R1 to R4): one suite over each adapter. A reader may see a commit a moment
 * after the writer knows of it, so what is visible is asked until it is there; what a writer finds after fencing is asked once.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ends, OutputRecord, OwnRecord, OwnTopic, Sink } from '../../src/pipeline/ports.js';
import type { OwnTopics } from '../../src/domain/own-topics.js';
import { progressRecord } from '../../src/pipeline/state/records.js';

export interface SinkWorld {
  /** A writer of this pipeline; each call makes another one, as another member does. */
  readonly writer: () => Sink;
  /** What a `read_committed` reader sees in the contract topic. */
  readonly visible: () => Promise<readonly string[]>;
  readonly topics: OwnTopics & { readonly events: string };
  /** An input partition. */
  readonly input: string;
  /** A topic that cannot be written, if the adapter knows such topics. */
  readonly unwritable: string | null;
}

/** Offsets are told to tools some time after a commit. */
const TOLD = { timeout: 10_000 };

export function sinkPromises(open: () => Promise<SinkWorld>): void {
  let world: SinkWorld;
  beforeEach(async () => {
    world = await open();
  });

  const event = (value: string): OutputRecord => ({ topic: world.topics.events, key: 'k', value });
  const cell = (place: string, field: string, value: string | null): OutputRecord => ({
    topic: world.topics.state,
    key: JSON.stringify([`order:${place}`, field]),
    value,
    place,
  });
  const entry = (place: string, value: string): OutputRecord => ({
    topic: world.topics.journal,
    key: `order:${place}`,
    value,
    place,
  });
  const footprint = (value: string): OutputRecord => progressRecord(world.topics, 'footprint', value);
  const progressText = (number: number): string => `number ${number}`;

  /** As a task does it: it knows from fencing on which offsets its records will get. */
  class Writer {
    readonly sink: Sink;
    readonly next: Record<OwnTopic, number[]>;
    number: number;

    private constructor(sink: Sink, number: number, { state, journal }: Ends) {
      this.sink = sink;
      this.number = number;
      this.next = { state: [...state], journal: [...journal] };
    }

    static async of(sink: Sink): Promise<Writer> {
      await sink.fence();
      const found = await sink.progress();
      const number = found === null ? 0 : Number(found.progress.slice('number '.length));
      return new Writer(sink, number, await sink.ends());
    }

    /** @param wrong added to every offset that is predicted. @returns broker time. */
    async commit(records: readonly OutputRecord[] = [], wrong = 0): Promise<number> {
      const number = this.number + 1;
      const bases = new Map<string, number>();
      const written = new Set<() => void>();
      for (const [topic, name] of [
        ['state', world.topics.state],
        ['journal', world.topics.journal],
      ] as const) {
        const places = records.filter((one) => one.topic === name).map(({ place = '' }) => place);
        for (const partition of new Set(places.map((place) => this.sink.partitionOf(name, place)))) {
          const count = places.filter((place) => this.sink.partitionOf(name, place) === partition).length;
          bases.set(`${name}/${partition}`, (this.next[topic][partition] ?? 0) + wrong);
          written.add(() => (this.next[topic][partition]! += count + 1));
        }
      }
      const all = [...records, progressRecord(world.topics, 'progress', progressText(number))];
      const offsets = new Map([[world.input, number]]);
      const timeMs = await this.sink.commit({ records: all, offsets, metadata: `commit ${number}`, bases });
      this.number = number;
      for (const move of written) move();
      return timeMs;
    }
  }

  const writing = (): Promise<Writer> => Writer.of(world.writer());

  const recordsOf = async (sink: Sink, topic: OwnTopic, from?: readonly number[]): Promise<OwnRecord[]> => {
    const all: OwnRecord[] = [];
    const [begin, end] = [from ?? (await sink.begins())[topic], (await sink.ends())[topic]];
    for await (const records of sink.read(topic, begin, end)) all.push(...records);
    return all;
  };

  describe('before the first commit', () => {
    it('nothing is committed, and state and journal are empty', async () => {
      const { sink } = await writing();
      expect(await sink.progress()).toBeNull();
      expect(await sink.committed()).toEqual(new Map());
      expect(await sink.begins()).toEqual(await sink.ends());
      expect([...(await recordsOf(sink, 'state')), ...(await recordsOf(sink, 'journal'))]).toEqual([]);
      await expect.poll(() => world.visible()).toEqual([]);
      expect(sink.clusterId).not.toBe('');
      await sink.close();
    });

    it('a writer that has not fenced is refused', async () => {
      const sink = world.writer();
      const commit = { records: [event('a')], offsets: new Map([[world.input, 1]]), metadata: '', bases: new Map() };
      await expect(sink.commit(commit)).rejects.toMatchObject({ code: 'COMMIT_UNCERTAIN' });
      await expect.poll(() => world.visible()).toEqual([]);
      await sink.close();
    });
  });

  describe('a commit', () => {
    it('is found whole by the next writer, and seen by readers', async () => {
      const writer = await writing();
      await writer.commit([
        event('a'),
        event('b'),
        cell('1', '', 'memory'),
        entry('1', '{"n":1}'),
        footprint('ground'),
      ]);
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      const { sink } = await writing();
      expect(await sink.progress()).toEqual({ progress: 'number 1', footprint: 'ground' });
      await expect
        .poll(() => sink.committed(), TOLD)
        .toEqual(new Map([[world.input, { offset: 1, metadata: 'commit 1' }]]));
      expect(await recordsOf(sink, 'state')).toMatchObject([{ key: '["order:1",""]', value: 'memory' }]);
      expect(await recordsOf(sink, 'journal')).toMatchObject([{ key: 'order:1', value: '{"n":1}' }]);
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('of progress alone is one too', async () => {
      const writer = await writing();
      const before = await writer.sink.ends();
      await writer.commit();
      await writer.commit();
      const { sink } = await writing();
      expect(await sink.progress()).toEqual({ progress: 'number 2', footprint: null });
      expect(await sink.ends()).toEqual(before);
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('puts records where their place says, whatever their key, and tombstones too', async () => {
      const writer = await writing();
      const places = Array.from({ length: 9 }, (_, i) => String(4711 + i));
      await writer.commit(
        places.flatMap((place) => [cell(place, '', 'm'), cell(place, 'r1', null), entry(place, 'decided')]),
      );
      const { sink } = await writing();
      const [cells, entries] = [await recordsOf(sink, 'state'), await recordsOf(sink, 'journal')];
      for (const place of places) {
        const partition = sink.partitionOf(world.topics.state, place);
        const own = cells.filter(({ key }) => key.startsWith(`["order:${place}"`));
        expect(own.map((one) => [one.partition, one.value])).toEqual([
          [partition, 'm'],
          [partition, null],
        ]);
        expect(entries.find(({ key }) => key === `order:${place}`)?.partition).toBe(
          sink.partitionOf(world.topics.journal, place),
        );
      }
      expect(new Set(cells.map(({ partition }) => partition)).size).toBeGreaterThan(1);
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('keeps the order of one key, whatever the number of partitions', async () => {
      const writer = await writing();
      await writer.commit(Array.from({ length: 50 }, (_, i) => entry(String(i % 7), String(i))));
      const { sink } = await writing();
      const journal = await recordsOf(sink, 'journal');
      expect(journal).toHaveLength(50);
      for (let n = 0; n < 7; n += 1) {
        const own = journal.filter(({ key }) => key === `order:${n}`).map(({ value }) => Number(value));
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('says the time of its last record', async () => {
      const writer = await writing();
      const timeMs = await writer.commit([cell('1', '', 'm'), entry('1', 'decided')]);
      const { sink } = await writing();
      const [one] = await recordsOf(sink, 'state');
      expect(timeMs - (one?.timestampMs ?? NaN)).toBeGreaterThanOrEqual(0);
      expect(timeMs - (one?.timestampMs ?? NaN)).toBeLessThan(5_000);
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('that fails leaves nothing behind, and after fencing anew the next one works', async () => {
      const writer = await writing();
      await writer.commit([event('a')]);
      if (world.unwritable !== null) {
        const failing = writer.commit([event('lost'), { topic: world.unwritable, key: 'k', value: 'x' }]);
        await expect(failing).rejects.toMatchObject({ code: 'TOPIC_MISSING', disposition: 'refuse' });
      }
      const again = await Writer.of(writer.sink);
      await expect.poll(() => world.visible()).toEqual(['a']);
      expect(again.number).toBe(1);
      await again.commit([event('b')]);
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      await writer.sink.close();
    });
  });

  describe('offsets', () => {
    it('are as predicted, Kafka transaction by Kafka transaction, and reading goes on from there', async () => {
      const writer = await writing();
      for (let n = 0; n < 12; n += 1)
        await writer.commit([
          cell(String(n % 5), '', `m${n}`),
          cell(String(n % 5), 'r', null),
          entry(String(n % 4), `e${n}`),
        ]);
      const before = { ...writer.next, journal: [...writer.next.journal] };
      await writer.commit([entry('1', 'last'), entry('2', 'last'), entry('1', 'very last')]);
      const { sink } = await writing();
      expect(await sink.ends()).toEqual(writer.next);
      const later = await recordsOf(sink, 'journal', before.journal);
      expect(later.map(({ value }) => value).sort()).toEqual(['last', 'last', 'very last']);
      for (const { partition, offset } of later) expect(offset).toBeGreaterThanOrEqual(before.journal[partition]!);
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('are as predicted over several sends of one Kafka transaction', async () => {
      const writer = await writing();
      const long = 'x'.repeat(50_000);
      await writer.commit(Array.from({ length: 8 }, (_, i) => entry('1', `${i} ${long}`)));
      await writer.commit([entry('1', 'after')]);
      const { sink } = await writing();
      const journal = await recordsOf(sink, 'journal');
      const [first] = journal;
      expect(journal.map(({ offset, value }) => [offset - first!.offset, value?.split(' ')[0]])).toEqual([
        ...Array.from({ length: 8 }, (_, i) => [i, String(i)]),
        [9, 'after'],
      ]);
      await Promise.all([writer.sink.close(), sink.close()]);
    });

    it('that are not as predicted end the writer, and nothing of that commit is ever seen', async () => {
      const writer = await writing();
      await writer.commit([event('a'), cell('1', '', 'm'), footprint('ground')]);
      const wrong = writer.commit([event('lost'), cell('1', '', 'lost'), footprint('lost')], 1);
      await expect(wrong).rejects.toMatchObject({ code: 'COMMIT_UNCERTAIN', disposition: 'corrupt' });
      await expect(writer.commit([event('too soon')])).rejects.toMatchObject({ code: 'COMMIT_UNCERTAIN' });
      const again = await Writer.of(writer.sink);
      expect(await again.sink.progress()).toEqual({ progress: 'number 1', footprint: 'ground' });
      await expect
        .poll(() => again.sink.committed(), TOLD)
        .toEqual(new Map([[world.input, { offset: 1, metadata: 'commit 1' }]]));
      expect(await recordsOf(again.sink, 'state')).toMatchObject([{ value: 'm' }]);
      await again.commit([event('b'), cell('1', '', 'n')]);
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      await writer.sink.close();
    });
  });

  describe('progress', () => {
    it('is the newest one, and the footprint too, however far back that is', async () => {
      const writer = await writing();
      await writer.commit([footprint('first')]);
      await writer.commit([footprint('second')]);
      for (let n = 0; n < 40; n += 1) await writer.commit();
      const { sink } = await writing();
      expect(await sink.progress()).toEqual({ progress: 'number 42', footprint: 'second' });
      await Promise.all([writer.sink.close(), sink.close()]);
    });
  });

  describe('a writer that was fenced', () => {
    it('is refused, and nothing of it is ever seen', async () => {
      const former = await writing();
      await former.commit([event('a')]);
      const next = await writing();
      await expect(former.commit([event('late')])).rejects.toMatchObject({ disposition: 'corrupt' });
      await expect.poll(() => world.visible()).toEqual(['a']);
      expect(next.number).toBe(1);
      await next.commit([event('b')]);
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      await Promise.all([former.sink.close(), next.sink.close()]);
    });

    it('in the middle of a commit has committed it or has not, and the next one knows', async () => {
      let former = await writing();
      for (let n = 1; n <= 6; n += 1) {
        const before = former.number;
        const late = former.commit([event(`late ${n}`), cell('1', '', `late ${n}`), entry('1', `late ${n}`)]).then(
          () => true,
          () => false,
        );
        const next = await writing();
        expect([before, before + 1]).toContain(next.number);
        const isCommitted = next.number > before;
        const [cells, entries] = [await recordsOf(next.sink, 'state'), await recordsOf(next.sink, 'journal')];
        for (const records of [cells, entries])
          expect(records.some(({ value }) => value === `late ${n}`)).toBe(isCommitted);
        if (await late) expect(isCommitted).toBe(true);
        await next.commit([event(`next ${n}`), cell('1', '', `next ${n}`), entry('1', `next ${n}`)]);
        await expect.poll(() => world.visible()).toContain(`next ${n}`);
        expect((await world.visible()).includes(`late ${n}`)).toBe(isCommitted);
        await former.sink.close();
        former = next;
      }
      await former.sink.close();
    });

    it('is told so when it asks, before it writes anything', async () => {
      const former = await writing();
      await former.commit();
      await former.sink.confirmFence();
      const next = await writing();
      const told = { code: 'COMMIT_UNCERTAIN', disposition: 'corrupt' };
      await expect(former.sink.confirmFence()).rejects.toMatchObject(told);
      await next.sink.confirmFence();
      await next.commit([event('a'), cell('1', '', 'm')]);
      await next.sink.confirmFence();
      await next.commit([cell('1', '', 'n')]);
      await expect.poll(() => world.visible()).toEqual(['a']);
      await expect.poll(async () => (await next.sink.committed()).get(world.input)?.offset, TOLD).toBe(3);
      await Promise.all([former.sink.close(), next.sink.close()]);
    });
  });
}
