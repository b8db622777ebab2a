/** Keys under `reconcile`: when the service compares what is with what should be, and how fast (docs/reconciliation.md). */
import { z } from 'zod';
import { databaseKeys } from './databases.js';
import { DAY_MS, key, MINUTE_MS, whole } from './key.js';

const RATE_MAX = 1_000_000;
const CONSUMERS_MAX = 1_000;

interface Defaults {
  readonly rate: number;
  readonly share: number;
}

/** @param what is compared. */
const checkKeys = (what: string, { rate, share }: Defaults) => ({
  everyMs: key(
    whole(MINUTE_MS, 90 * DAY_MS)
      .nullable()
      .default(null),
    `So often the member that has the first shard compares ${what}. Null: never by itself.`,
  ),
  ratePerSecondMax: key(whole(1, RATE_MAX).default(rate), 'Looked at in a second at most.'),
  shareMax: key(
    z.number().min(0.01).max(1).default(share),
    'Share of the time in which the check reads; the rest is left to others.',
  ),
});

export const reconcileKeys = z
  .strictObject({
    databases: databaseKeys,
    source: z.strictObject(checkKeys('the legacy database with the states', { rate: 12_000, share: 0.8 })).prefault({}),
    published: z
      .strictObject(checkKeys('the contract topics with the journal', { rate: 50_000, share: 0.8 }))
      .prefault({}),
    projection: z
      .strictObject({
        ...checkKeys('what consumers have with what was published', { rate: 10_000, share: 0.5 }),
        consumers: key(
          z.array(z.string().min(1)).max(CONSUMERS_MAX).default([]),
          'Files of consumers that declare how their own view is read (docs/consuming.md); a relative path starts at the folder of the config file.',
        ),
      })
      .prefault({}),
  })
  .prefault({});
