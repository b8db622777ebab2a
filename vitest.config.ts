import { defineConfig } from 'vitest/config';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const alias = {
  'dragoman/rules': fileURLToPath(new URL('./src/rules/index.ts', import.meta.url)),
  'dragoman/testing': fileURLToPath(new URL('./src/testing/index.ts', import.meta.url)),
};

/** Else CI=true colours what commands say. */
const PLAIN = { NO_COLOR: '1' };

/** `unit`: no process, no network. `integration`: real PostgreSQL, Debezium, Kafka and Redis, one file at a time. */
export default defineConfig({
  resolve: { alias },
  test: {
    reporters: ['default'],
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
