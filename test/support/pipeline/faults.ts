/**
 * Ports that fail or end the process at one chosen call. Every call with an effect, or with an answer that matters, counts;
 * after the process has ended no call has an effect any more, as the other half of a task may still be under way.
 */
import type { MemoryStore } from '../../../src/adapters/memory/store.js';
import { DragomanError } from '../../../src/errors.js';
import type { Sink, StateStore } from '../../../src/pipeline/ports.js';
import { ProcessEnded, type RigPorts } from '../rig.js';

export const FAULTS = [
  'process ends before the call',
  'process ends after the call',
  'call fails without effect',
  'answer is lost',
  'store is cleared before the call',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Schedule {
  /** Number of the call, from 1; 0 never. */
  readonly call: number;
  readonly fault: Fault;
}

export const NO_FAULT: Schedule = { call: 0, fault: 'process ends before the call' };

export interface Watched extends RigPorts {
  /** Names of the calls so far, in their order. */
  readonly calls: readonly string[];
}

export function withFault(ports: RigPorts, { call, fault }: Schedule, clear: () => void): Watched {
  const calls: string[] = [];
  let ended = false;
  const end = (): never => {
    ended = true;
    throw new ProcessEnded('the process ended here');
  };
  const at = async <T>(name: string, effect: () => Promise<T>): Promise<T> => {
    if (ended) throw new ProcessEnded('the process has ended');
    calls.push(name);
    if (calls.length !== call) return effect();
    switch (fault) {
      case 'process ends before the call':
        return end();
      case 'process ends after the call':
        await effect();
        return end();
      case 'call fails without effect':
        throw failureOf(name);
      case 'answer is lost':
        await effect();
        throw failureOf(name);
      case 'store is cleared before the call':
        clear();
        return effect();
    }
  };
  return { ...ports, calls, sink: watchedSink(ports.sink, at), store: watchedStore(ports.store, at) };
}

type At = <T>(name: string, effect: () => Promise<T>) => Promise<T>;

const watchedSink = (sink: Sink, at: At): Sink => ({
  get clusterId() {
    return sink.clusterId;
  },
  fence: () => at('fence', () => sink.fence()),
  progress: () => at('progress', () => sink.progress()),
  committed: () => at('committed', () => sink.committed()),
  ends: () => at('ends', () => sink.ends()),
  begins: () => at('begins', () => sink.begins()),
  partitionOf: (topic, place) => sink.partitionOf(topic, place),
  partitionsOf: (topic) => sink.partitionsOf(topic),
  alsoTo: (topics) => at('alsoTo', () => sink.alsoTo(topics)),
  recordBytesMax: (topic) => sink.recordBytesMax(topic),
  async *read(topic, from, to) {
    for await (const records of sink.read(topic, from, to)) yield await at('read', () => Promise.resolve(records));
  },
  async *walk(topic, from, to) {
    for await (const records of sink.walk(topic, from, to)) yield await at('walk', () => Promise.resolve(records));
  },
  entriesAt: (wanted) => at('entriesAt', () => sink.entriesAt(wanted)),
  confirmFence: () => at('confirmFence', () => sink.confirmFence()),
  commit: (commit) => at('commit', () => sink.commit(commit)),
  close: () => sink.close(),
});

const watchedStore = (store: StateStore, at: At): StateStore => ({
  marker: () => at('marker', () => store.marker()),
  load: (expected, hashes) => at('load', () => store.load(expected, hashes)),
  loadFields: (expected, hash, fields) => at('loadFields', () => store.loadFields(expected, hash, fields)),
  scan: (expected, from) => at('scan', () => store.scan(expected, from)),
  scanFields: (expected, hash, from) => at('scanFields', () => store.scanFields(expected, hash, from)),
  save: (expected, next, cells) => at('save', () => store.save(expected, next, cells)),
  beginRestore: (expected, next, from) => at('beginRestore', () => store.beginRestore(expected, next, from)),
  copy: (expected, place, cells) => at('copy', () => store.copy(expected, place, cells)),
  endRestore: (expected, next, copied) => at('endRestore', () => store.endRestore(expected, next, copied)),
  close: () => store.close(),
});

const STORE_CALLS = new Set([
  'marker',
  'load',
  'loadFields',
  'scan',
  'scanFields',
  'save',
  'beginRestore',
  'copy',
  'endRestore',
]);

function failureOf(name: string): DragomanError {
  if (STORE_CALLS.has(name)) return new DragomanError('REDIS_UNAVAILABLE', `${name} was not answered`);
  if (name === 'commit') return new DragomanError('COMMIT_UNCERTAIN', 'the outcome is not known');
  return new DragomanError('KAFKA_UNAVAILABLE', `${name} was not answered`);
}

/** Does nothing but clear: what a FLUSHALL does. */
export const clearing = (store: MemoryStore) => (): void => store.clear();
