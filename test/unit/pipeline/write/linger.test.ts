/** `commit.lingerMs`: what is ready waits for more of it, and nothing else waits for that. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import { Signal } from '../../../../src/pipeline/signal.js';
import type { Task } from '../../../../src/pipeline/task.js';
import { linger } from '../../../../src/pipeline/write/linger.js';
import { results, unparkOf } from '../../../support/pipeline/commands.js';
import { isEnd } from '../../../support/recorded/histories.js';
import { readRecording } from '../../../support/recordings.js';
import { type LifeEnd, retailerRules, Rig } from '../../../support/rig.js';

/** No test takes so long. */
const FOR_EVER_MS = 600_000;
const records = readRecording('postgres/01-lifecycle');
/** All but the last transactions; and those. */
const middle = records.findIndex((record, i) => isEnd(record) && i > records.length / 2) + 1;
const [early, late] = [records.slice(0, middle), records.slice(middle)];

let rules: LoadedRules;
let all: number;
beforeAll(async () => {
  rules = await retailerRules();
  const rig = new Rig(records, { rules });
  await rig.live();
  all = rig.published().length;
});

/** A task that lingers over what was read of `early`. */
class Lingering {
  readonly rig: Rig;
  readonly end: Promise<LifeEnd>;
  #task: Task | null = null;

  constructor(transactionsMax: number, lingerMs = FOR_EVER_MS) {
    const limits = { transactionsMax, rowsMax: 10_000, changeSetsMax: 1_000 };
    this.rig = new Rig(early, { rules, shapedBy: records, settings: { lingerMs, limits } });
    this.end = this.rig.live(this.rig.ports(), this.rig.settings(), (task) => (this.#task = task));
  }

  stop(): void {
    this.#task?.stop();
  }

  /** Resolves when all that is there was read. */
  async read(): Promise<void> {
    const { log } = this.rig;
    const there = this.rig.ports().source.partitions.reduce((sum, name) => sum + log.records(name).length, 0);
    const readBy = (event: PipelineEvent): number => (event.kind === 'consumed' ? event.records : 0);
    await vi.waitFor(() => expect(this.rig.told.reduce((sum, event) => sum + readBy(event), 0)).toBe(there));
  }

  /** Events of each Kafka transaction that has some. */
  get commits(): number[] {
    const published = this.rig.told.flatMap((event) => (event.kind === 'committed' ? event.published.length : []));
    return published.filter((events) => events > 0);
  }
}

describe('what is ready', () => {
  it('waits for what comes after it, and is committed together with that, before a command', async () => {
    const lingering = new Lingering(1_000);
    await lingering.read();
    lingering.rig.play(late);
    await lingering.read();
    expect(lingering.commits).toEqual([]);
    lingering.rig.command(unparkOf('900013'));
    expect(await lingering.end).toEqual({ kind: 'drained' });
    expect(lingering.commits).toEqual([all]);
    expect(results(lingering.rig)).toHaveLength(1);
  });

  it('waits no longer than it is told to', async () => {
    const lingering = new Lingering(1_000, 20);
    expect(await lingering.end).toEqual({ kind: 'drained' });
    expect(lingering.commits).not.toEqual([]);
  });

  it('waits no more when one Kafka transaction is full', async () => {
    const lingering = new Lingering(3);
    await vi.waitFor(() => expect(lingering.commits.length).toBeGreaterThan(1));
    lingering.stop();
    await lingering.end;
  });

  it('is committed at once by a task that is to stop', async () => {
    const lingering = new Lingering(1_000);
    await lingering.read();
    expect(lingering.commits).toEqual([]);
    lingering.stop();
    expect(await lingering.end).toEqual({ kind: 'drained' });
    expect(lingering.commits).toHaveLength(1);
  });
});

describe('lingering', () => {
  const asked = async (ms: number, answers: readonly boolean[]): Promise<number> => {
    const work = new Signal();
    let times = 0;
    const lingered = linger(ms, work, () => {
      setImmediate(() => work.notify());
      return answers[times++] ?? true;
    });
    await lingered;
    return times;
  };

  it('asks at each notification whether it is worth it', async () => {
    expect(await asked(FOR_EVER_MS, [true, true, false])).toBe(3);
  });

  it('of no time at all asks nothing', async () => {
    expect(await asked(0, [])).toBe(0);
  });

  it('ends with its time, whatever it is told', async () => {
    expect(await asked(5, [])).toBeGreaterThan(0);
  });
});
