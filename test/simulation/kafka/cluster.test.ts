/** Kafka transactions of the fake cluster, told as requests. Nothing delayed happens before it is let. */
import { beforeEach, describe, expect, it } from 'vitest';
import { choices } from '../../support/choices.js';
import { Cluster, NO_FAULTS } from './cluster.js';
import { CODES } from './codes.js';
import type { ProducerIdentity } from './partition-log.js';

const TIMEOUT_MS = 60_000;
const ID = 'group.p';

class Delayed {
  readonly nowMs = 0;
  readonly random = choices(7);
  readonly waiting: { readonly delayMs: number; readonly run: () => void }[] = [];

  after(delayMs: number, run: () => void): void {
    this.waiting.push({ delayMs, run });
  }

  /** Lets what waits for at most so long happen, at most so many. */
  let(untilMs = TIMEOUT_MS - 1, countMax = Infinity): void {
    const due = this.waiting.filter(({ delayMs }) => delayMs <= untilMs).slice(0, countMax);
    for (const one of due) {
      this.waiting.splice(this.waiting.indexOf(one), 1);
      one.run();
    }
  }
}

let delayed: Delayed;
let cluster: Cluster;
beforeEach(() => {
  delayed = new Delayed();
  cluster = new Cluster(delayed, NO_FAULTS);
  cluster.createTopic('out', 2);
});

const record = (value: string) => ({ key: 'k', value, headers: {} });
const offsets = (offset: number) => new Map([['in/0', { offset, metadata: `at ${offset}` }]]);
const visible = (partition = 'out/0'): (string | null)[] => cluster.committed(partition).map(({ value }) => value);

function init(): ProducerIdentity {
  const identity = cluster.transactions.initProducerId(ID, TIMEOUT_MS);
  if (typeof identity === 'number') throw new RangeError(`code ${identity}`);
  return identity;
}

/** An open transaction with a record in both partitions and an offset. */
function write(producer: ProducerIdentity, value: string, sequence = 0): number[] {
  cluster.transactions.addOffsets(ID, producer, 'group');
  cluster.commitOffsets(producer, 'group', offsets(sequence + 1));
  cluster.transactions.addPartitions(ID, producer, ['out/0', 'out/1']);
  return ['out/0', 'out/1'].map((partition) => {
    const [answer] = cluster.produce(cluster.leaderOf(partition), producer, [
      { partition, sequence, records: [record(value)] },
    ]);
    return answer?.code ?? -1;
  });
}

describe('a commit', () => {
  it('is decided at once and shows partition by partition, offsets too', () => {
    const producer = init();
    expect(write(producer, 'a')).toEqual([0, 0]);
    expect(cluster.transactions.end(ID, producer, 'commit')).toBe(CODES.NONE);
    expect([visible('out/0'), visible('out/1'), cluster.groups.committed('group').size]).toEqual([[], [], 0]);
    delayed.let(TIMEOUT_MS - 1, 1);
    expect([visible('out/0'), visible('out/1')]).toEqual([['a'], []]);
    delayed.let();
    expect([visible('out/0'), visible('out/1')]).toEqual([['a'], ['a']]);
    expect(cluster.groups.committed('group')).toEqual(offsets(1));
  });

  it('may be marked twice in a partition, which changes nothing but its offsets', () => {
    cluster.faults = { ...NO_FAULTS, markers: { ...NO_FAULTS.markers, twiceShare: 1 } };
    const producer = init();
    write(producer, 'a');
    cluster.transactions.end(ID, producer, 'commit');
    delayed.let();
    expect([visible('out/0'), cluster.log('out/0').end]).toEqual([['a'], 3]);
    expect(write(producer, 'b', 1)).toEqual([0, 0]);
  });

  it('makes the next transaction wait until its markers are written', () => {
    const producer = init();
    write(producer, 'a');
    cluster.transactions.end(ID, producer, 'commit');
    expect(cluster.transactions.addOffsets(ID, producer, 'group')).toBe(CODES.CONCURRENT_TRANSACTIONS);
    delayed.let();
    expect(cluster.transactions.addOffsets(ID, producer, 'group')).toBe(CODES.NONE);
  });
});

describe('fencing', () => {
  it('aborts what is open, and nothing of the former owner is taken any more', () => {
    const former = init();
    write(former, 'a');
    expect(cluster.transactions.initProducerId(ID, TIMEOUT_MS)).toBe(CODES.CONCURRENT_TRANSACTIONS);
    expect(cluster.transactions.end(ID, former, 'commit')).toBe(CODES.INVALID_PRODUCER_EPOCH);
    expect(write(former, 'late', 1)).toEqual([CODES.INVALID_PRODUCER_EPOCH, CODES.INVALID_PRODUCER_EPOCH]);
    delayed.let();
    const next = init();
    expect(next.epoch).toBeGreaterThan(former.epoch);
    write(next, 'b');
    cluster.transactions.end(ID, next, 'commit');
    delayed.let();
    expect(visible()).toEqual(['b']);
    expect(cluster.groups.committed('group')).toEqual(offsets(1));
  });

  it('waits for a commit that is decided, after which its offsets are there', () => {
    const former = init();
    write(former, 'a');
    cluster.transactions.end(ID, former, 'commit');
    expect(cluster.transactions.initProducerId(ID, TIMEOUT_MS)).toBe(CODES.CONCURRENT_TRANSACTIONS);
    expect(cluster.groups.committed('group').size).toBe(0);
    delayed.let();
    init();
    expect(visible()).toEqual(['a']);
    expect(cluster.groups.committed('group')).toEqual(offsets(1));
  });

  it('does not reach another transactional id', () => {
    const former = init();
    write(former, 'a');
    cluster.transactions.initProducerId('group.q', TIMEOUT_MS);
    expect(cluster.transactions.end(ID, former, 'commit')).toBe(CODES.NONE);
  });
});

describe('an open transaction', () => {
  it('is aborted and fenced after its time', () => {
    const producer = init();
    write(producer, 'a');
    delayed.let(TIMEOUT_MS);
    delayed.let();
    expect(cluster.transactions.end(ID, producer, 'commit')).toBe(CODES.INVALID_PRODUCER_EPOCH);
    expect(visible()).toEqual([]);
  });

  it('takes late records of its own producer only into partitions that are part of it', () => {
    const producer = init();
    write(producer, 'a');
    cluster.transactions.end(ID, producer, 'commit');
    delayed.let();
    const late = [{ partition: 'out/0', sequence: 1, records: [record('late')] }];
    expect(cluster.produce(cluster.leaderOf('out/0'), producer, late)).toMatchObject([
      { code: CODES.INVALID_TXN_STATE },
    ]);
  });
});

it('an id that was idle for too long starts anew, and its last producer is unknown', () => {
  const producer = init();
  cluster.transactions.expire(ID);
  expect(cluster.transactions.addOffsets(ID, producer, 'group')).toBe(CODES.INVALID_PRODUCER_ID_MAPPING);
  expect(init().producerId).not.toBe(producer.producerId);
});

it('a broker that is away leads and coordinates nothing', () => {
  const node = cluster.leaderOf('out/0');
  cluster.stopBroker(node, 1_000);
  expect(cluster.leaderOf('out/0')).not.toBe(node);
  expect(cluster.nodesUp).not.toContain(node);
  expect(cluster.nodesUp).toContain(cluster.coordinatorOf(ID));
});
