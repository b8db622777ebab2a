import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const alias = {
  'dragoman/consumer': fileURLToPath(new URL('./src/consumer/index.ts', import.meta.url)),
  'dragoman/mocks': fileURLToPath(new URL('./src/mocks/index.ts', import.meta.url)),
  'dragoman/producer': fileURLToPath(new URL('./src/producer/index.ts', import.meta.url)),
  'dragoman/rules': fileURLToPath(new URL('./src/rules/index.ts', import.meta.url)),
  'dragoman/testing': fileURLToPath(new URL('./src/testing/index.ts', import.meta.url)),
};

/** Else CI=true colours what commands say. */
const PLAIN = { NO_COLOR: '1' };

/** Searches through many histories: begun last, one of them would keep a single worker busy after all others are done. */
const SEARCHES = /\/test\/(simulation|property|fuzz)\//;

class SearchesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSearch = ({ moduleId }: TestSpecification): boolean => SEARCHES.test(moduleId);
    return [...sorted.filter(isSearch), ...sorted.filter((file) => !isSearch(file))];
  }
}

/** `unit`: no process, no network. `integration`: real PostgreSQL, Debezium, Kafka and Redis, one file at a time. */
export default defineConfig({
  resolve: { alias },
  test: {
    reporters: ['default'],
    sequence: { sequencer: SearchesFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          setupFiles: ['test/support/property-seed.ts'],
          env: PLAIN,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          include: ['test/**/*.test.ts', 'rules/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/long/**'],
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Modules are loaded once by each worker, not once by each of hundreds of files: none of them changes what it shares.
          isolate: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/stack/global-setup.ts'],
          fileParallelism: false,
          env: PLAIN,
          testTimeout: 240_000,
          // Set-ups wait by progress (test/stack/patience.ts); this ends only one that hangs.
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
