/** The adapters in memory keep the promises of the ports; `test/integration/ports.test.ts` runs the same suites over Kafka and Redis. */
import { describe } from 'vitest';
import { MemoryLog } from '../../../src/adapters/memory/log.js';
import { MemorySink } from '../../../src/adapters/memory/sink.js';
import { MemoryStore } from '../../../src/adapters/memory/store.js';
import { sinkPromises } from '../../contract/sink.js';
import { storePromises } from '../../contract/store.js';

describe('the store in memory', () => {
  storePromises(() => {
    const store = new MemoryStore();
    return Promise.resolve({ store, other: store, lose: () => Promise.resolve(store.clear()) });
  });
});

describe('the sink in memory', () => {
  sinkPromises(() => {
    const log = new MemoryLog(() => 0);
    const own = { state: 'state', journal: 'journal', progress: 'progress' };
    log.createTopic('events', 1);
    log.createTopic('progress', 1);
    for (const topic of ['state', 'journal']) log.createTopic(topic, 3);
    return Promise.resolve({
      writer: () => new MemorySink(log, { group: 'g', own }),
      visible: () => Promise.resolve(log.records('events/0').map(({ value }) => value ?? '')),
      topics: { ...own, events: 'events' },
      input: 'in/0',
      unwritable: null,
    });
  });
});
