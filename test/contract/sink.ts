/**
 * What every sink promises (`src/pipeline/ports.ts`, rules R1 to R4): one suite over each adapter. A reader may see a commit a moment
 * after the writer knows of it, so what is visible is asked until it is there.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Commit, JournalRecord, OutputRecord, Sink } from '../../src/pipeline/ports.js';

export interface SinkWorld {
  /** A writer of this pipeline; each call makes another one, as another member does. */
  readonly writer: () => Sink;
  /** What a `read_committed` reader sees in the contract topic. */
  readonly visible: () => Promise<readonly string[]>;
  readonly topics: { readonly events: string; readonly journal: string };
  /** An input partition. */
  readonly input: string;
  /** A topic that cannot be written, if the adapter knows such topics. */
  readonly unwritable: string | null;
}

export function sinkPromises(open: () => Promise<SinkWorld>): void {
  let world: SinkWorld;
  beforeEach(async () => {
    world = await open();
  });

  const event = (value: string): OutputRecord => ({ topic: world.topics.events, key: 'k', value });
  const entry = (key: string, value: string): OutputRecord => ({ topic: world.topics.journal, key, value });
  const commit = (records: readonly OutputRecord[], offset: number, metadata = `at ${offset}`): Commit => ({
    records,
    offsets: new Map([[world.input, offset]]),
    metadata,
  });
  const fenced = async (): Promise<Sink> => {
    const sink = world.writer();
    await sink.fence();
    return sink;
  };
  const journalOf = async (sink: Sink, from?: readonly number[]): Promise<JournalRecord[]> => {
    const all: JournalRecord[] = [];
    const [begin, end] = [from ?? (await sink.journalBegin()), await sink.journalEnd()];
    for await (const records of sink.readJournal(begin, end)) all.push(...records);
    return all;
  };

  describe('before the first commit', () => {
    it('nothing is committed, and the journal is empty', async () => {
      const sink = await fenced();
      expect(await sink.committed()).toEqual({ offsets: null, metadata: null });
      expect(await journalOf(sink)).toEqual([]);
      await expect.poll(() => world.visible()).toEqual([]);
      expect(sink.clusterId).not.toBe('');
      await sink.close();
    });

    it('a writer that has not fenced is refused', async () => {
      const sink = world.writer();
      await expect(sink.commit(commit([event('a')], 1))).rejects.toMatchObject({ code: 'COMMIT_UNCERTAIN' });
      await expect.poll(() => world.visible()).toEqual([]);
      await sink.close();
    });
  });

  describe('a commit', () => {
    it('makes its records, offsets and metadata visible together', async () => {
      const sink = await fenced();
      await sink.commit(commit([event('a'), event('b'), entry('order:1', '{"n":1}')], 7));
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      const offsets = new Map([[world.input, 7]]);
      await expect.poll(() => sink.committed()).toEqual({ offsets, metadata: 'at 7' });
      await expect.poll(() => journalOf(sink)).toMatchObject([{ key: 'order:1', value: '{"n":1}' }]);
      await sink.close();
    });

    it('of offsets alone is one too', async () => {
      const sink = await fenced();
      await sink.commit(commit([], 3));
      await sink.commit(commit([], 4));
      await expect.poll(async () => (await sink.committed()).metadata).toBe('at 4');
      await sink.close();
    });

    it('says where the journal stands after it, and reading goes on from there', async () => {
      const sink = await fenced();
      await sink.commit(commit([entry('order:1', 'first')], 1));
      await expect.poll(() => journalOf(sink)).toHaveLength(1);
      const before = [...(await sink.journalEnd())];
      const written = await sink.commit(commit([entry('order:1', 'second'), entry('order:1', 'third')], 2));
      expect([...written.keys()]).toHaveLength(1);
      await expect.poll(() => journalOf(sink, before)).toMatchObject([{ value: 'second' }, { value: 'third' }]);
      const later = await journalOf(sink, before);
      const [[partition, next] = [-1, -1]] = written;
      expect(later.map((record) => record.partition)).toEqual([partition, partition]);
      expect(next).toBe((later.at(-1)?.offset ?? 0) + 1);
      await sink.close();
    });

    it('keeps the order of one key, whatever the number of partitions', async () => {
      const sink = await fenced();
      const values = Array.from({ length: 50 }, (_, i) => `${i}`);
      await sink.commit(
        commit(
          values.map((value) => entry(`order:${Number(value) % 7}`, value)),
          1,
        ),
      );
      await expect.poll(() => journalOf(sink)).toHaveLength(50);
      const journal = await journalOf(sink);
      for (let n = 0; n < 7; n += 1) {
        const own = journal.filter(({ key }) => key === `order:${n}`).map(({ value }) => Number(value));
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
      await sink.close();
    });

    it('that fails leaves nothing behind, and after fencing anew the next one works', async () => {
      const sink = await fenced();
      await sink.commit(commit([event('a')], 1));
      if (world.unwritable !== null) {
        const failing = commit([event('lost'), { topic: world.unwritable, key: 'k', value: 'x' }], 2);
        await expect(sink.commit(failing)).rejects.toMatchObject({ code: 'TOPIC_MISSING', disposition: 'refuse' });
        await sink.fence();
      }
      await expect.poll(() => world.visible()).toEqual(['a']);
      expect((await sink.committed()).metadata).toBe('at 1');
      await sink.commit(commit([event('b')], 3));
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      await sink.close();
    });
  });

  describe('a writer that was fenced', () => {
    it('is refused, and nothing of it is ever seen', async () => {
      const former = await fenced();
      await former.commit(commit([event('a')], 1));
      const next = await fenced();
      await expect(former.commit(commit([event('late')], 9))).rejects.toMatchObject({ disposition: 'corrupt' });
      await expect.poll(() => world.visible()).toEqual(['a']);
      expect((await next.committed()).offsets?.get(world.input)).toBe(1);
      await next.commit(commit([event('b')], 2));
      await expect.poll(() => world.visible()).toEqual(['a', 'b']);
      await Promise.all([former.close(), next.close()]);
    });

    it('is told so when it asks, before it writes anything', async () => {
      const former = await fenced();
      await former.commit(commit([], 1));
      await former.confirmFence();
      const next = await fenced();
      await expect(former.confirmFence()).rejects.toMatchObject({ code: 'COMMIT_UNCERTAIN', disposition: 'corrupt' });
      await next.confirmFence();
      await next.commit(commit([event('a')], 2));
      await next.confirmFence();
      await expect.poll(async () => (await next.committed()).metadata).toBe('at 2');
      await expect.poll(() => world.visible()).toEqual(['a']);
      await Promise.all([former.close(), next.close()]);
    });
  });
}
