/** The time of a source that is silent, and whose connector is there. */
import { expect, it } from 'vitest';
import type { ChangeEvent } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { DragomanError } from '../../../../src/errors.js';
import { HeartbeatWatch, QUIET_MS } from '../../../../src/pipeline/read/heartbeat-watch.js';
import { SourceTime } from '../../../../src/pipeline/timers/source-time.js';
import { type Frontier, NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';

const MINUTE = 60_000;
const START = 1_000 * MINUTE;
const SNAPSHOT: Frontier['snapshot'] = {
  ...{ generation: positionOf('1'), timeMs: 1, tables: [], replaces: false },
  ...{ isLastSeen: true, isOver: true, isFollowed: false },
};

/** A source in arrival mode whose last transaction was committed at the start. */
class Source {
  readonly sequencer: Sequencer;
  readonly time = new SourceTime(START, { nowMs: START + 1_000 * MINUTE });
  readonly partitions: readonly string[];
  end = 0;
  beatMs: number | null = START;

  constructor(
    readonly name: string,
    frontier: Frontier = NO_FRONTIER,
  ) {
    this.partitions = [`${name}.t/0`];
    this.sequencer = new Sequencer({
      ...{ source: name, mode: 'arrival', transactionPartition: null, messagePartitions: [], frontier },
      ...{ partitionsByTable: new Map([['t', this.partitions]]), gaps: 'refuse' },
      ...{ transactionRowsMax: 1_000, heldRowsMax: 1_000 },
    });
  }

  push(): void {
    const offset = this.end++;
    const row: ChangeEvent = {
      ...{ kind: 'change', partition: this.partitions[0]!, offset, source: this.name, table: 't', op: 'c', key: '1' },
      ...{ row: {}, otherKey: null, refusal: null, snapshot: null, sourceTimeMs: START },
      transaction: { id: String(offset), predecessor: null, commit: null, position: positionOf('1'), order: null },
    };
    this.sequencer.push(row);
  }
}

function watching(...sources: readonly Source[]) {
  const moved = { count: 0 };
  const watch = new HeartbeatWatch({
    heartbeats: {
      newest: () =>
        Promise.resolve(
          new Map(
            sources.flatMap(({ name, beatMs }) => (beatMs === null ? [] : [[name, JSON.stringify({ ts_ms: beatMs })]])),
          ),
        ),
    },
    source: {
      bounds: () => Promise.resolve(new Map(sources.map(({ partitions, end }) => [partitions[0]!, { first: 0, end }]))),
    },
    inputs: sources,
    work: { notify: () => (moved.count += 1) },
  });
  /** The connectors that live write their next heartbeat so much later, and it is looked for. */
  const next = async (minutes: number): Promise<(number | null)[]> => {
    for (const source of sources) if (source.beatMs !== null) source.beatMs += minutes * MINUTE;
    await watch.look();
    return sources.map(({ time }) => (time.ms === null ? null : (time.ms - START) / MINUTE));
  };
  /** They write one each minute for so long. */
  const after = async (minutes: number): Promise<(number | null)[]> => {
    for (let minute = 1; minute < minutes; minute += 1) await next(1);
    return next(Math.min(minutes, 1));
  };
  return { watch, next, after, moved };
}

it('follows heartbeats at a distance once nothing was written for as long', async () => {
  const { after, moved } = watching(new Source('legacy'));
  expect(await after(0)).toEqual([0]);
  expect(await after(QUIET_MS / MINUTE - 1)).toEqual([0]);
  expect(await after(1)).toEqual([0]);
  expect(await after(5)).toEqual([5]);
  expect(await after(1)).toEqual([6]);
  expect(moved.count).toBe(6);
});

it('stands while no heartbeat comes, and when there is none at all', async () => {
  const [legacy, mute] = [new Source('legacy'), new Source('mute')];
  mute.beatMs = null;
  const { after } = watching(legacy, mute);
  await after(0);
  expect(await after(30)).toEqual([20, 0]);
  expect(await after(0)).toEqual([20, 0]);
  legacy.beatMs = null;
  expect(await after(60)).toEqual([20, 0]);
});

it('begins to wait anew with whatever is written, and does not pass what is not handed on', async () => {
  const legacy = new Source('legacy');
  const { after } = watching(legacy);
  await after(0);
  expect(await after(15)).toEqual([5]);
  legacy.push();
  expect(await after(15)).toEqual([5]);
  expect(await after(30)).toEqual([5]);
  legacy.sequencer.peek();
  legacy.sequencer.advance();
  expect(await after(0)).toEqual([50]);
  legacy.end += 1; // written, and not read
  expect(await after(1)).toEqual([50]);
  expect(await after(30)).toEqual([50]);
});

it('stands behind a snapshot after which no transaction came: those from before it may follow', async () => {
  const { after } = watching(
    new Source('legacy', { ...NO_FRONTIER, snapshot: SNAPSHOT }),
    new Source('followed', { ...NO_FRONTIER, snapshot: { ...SNAPSHOT, isFollowed: true } }),
  );
  await after(0);
  expect(await after(30)).toEqual([0, 20]);
});

it('a connector whose clock is set back is waited for anew', async () => {
  const { after, next } = watching(new Source('legacy'));
  await after(0);
  expect(await after(20)).toEqual([10]);
  expect(await next(-15)).toEqual([10]);
  expect(await after(10)).toEqual([10]);
  expect(await after(20)).toEqual([25]);
});

it('a connector that was away is waited for anew: what was committed meanwhile comes after its first heartbeat', async () => {
  const { after, next } = watching(new Source('legacy'));
  await after(0);
  expect(await after(12)).toEqual([2]);
  expect(await next(QUIET_MS / MINUTE)).toEqual([2]);
  expect(await after(QUIET_MS / MINUTE - 1)).toEqual([2]);
  expect(await after(2)).toEqual([23]);
});

it('heartbeats may be nearly as far apart as that', async () => {
  const { next } = watching(new Source('legacy'));
  const apart = QUIET_MS / MINUTE - 0.25;
  await next(0);
  await next(apart);
  expect(await next(apart)).toEqual([2 * apart - QUIET_MS / MINUTE]);
});

it('goes on looking when Kafka does not answer, until it is told to end', async () => {
  let asked = 0;
  const watch = new HeartbeatWatch({
    heartbeats: {
      newest: () => {
        asked += 1;
        watch.stop();
        return Promise.reject(new DragomanError('KAFKA_UNAVAILABLE', 'away'));
      },
    },
    source: { bounds: () => Promise.resolve(new Map()) },
    inputs: [],
    work: { notify: () => undefined },
  });
  await watch.run();
  expect(asked).toBe(1);
});
