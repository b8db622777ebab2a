/** Change events, change sets and settings that the tests of the core start from. */
import type { ChangeSet, RowChange } from '../../../src/domain/change-set.js';
import { RECORD_BYTES_MAX } from '../../../src/domain/record-size.js';
import type { ChangeEvent } from '../../../src/domain/source/change-event.js';
import { positionOf } from '../../../src/domain/source/position.js';
import type { Sequenced } from '../../../src/domain/source/transaction.js';
import type { TranslateSettings } from '../../../src/translate/settings.js';

export const SETTINGS: TranslateSettings = {
  sourceSystem: 'legacy-oms',
  eventSource: 'urn:example:orders:dragoman',
  eventTypePrefix: 'com.example.orders',
  digest: '0123456789abcdef',
  parts: { countMax: 3, bytesMax: 1_000_000 },
  recordBytesMax: () => RECORD_BYTES_MAX,
};

/** 2026-11-21T09:52:35.035Z */
export const COMMIT_TIME_MS = 1_795_254_755_035;

export const changeEvent = (
  parts: Pick<ChangeEvent, 'table' | 'op' | 'key'> & Partial<Omit<ChangeEvent, 'kind'>>,
): ChangeEvent => ({
  kind: 'change',
  partition: `legacy.${parts.table}/0`,
  offset: 0,
  source: 'legacy',
  row: null,
  otherKey: null,
  refusal: null,
  transaction: null,
  snapshot: null,
  sourceTimeMs: COMMIT_TIME_MS,
  ...parts,
});

export const transaction = (...changes: readonly ChangeEvent[]): Sequenced => ({
  kind: 'transaction',
  source: 'legacy',
  id: '1682',
  position: positionOf('72073152'),
  generation: null,
  refusal: null,
  commitTimeMs: COMMIT_TIME_MS,
  changes,
});

export const rowChange = (parts: Pick<RowChange, 'table' | 'op' | 'key'> & Partial<RowChange>): RowChange => ({
  row: null,
  refusal: null,
  ...parts,
});

export const changeSet = (parts: Partial<ChangeSet> & { readonly changes: readonly RowChange[] }): ChangeSet => ({
  aggregate: 'order',
  id: '4711',
  kind: 'transaction',
  origin: {
    source: 'legacy',
    transactionId: '1682',
    position: positionOf('72073152'),
    commitTimeMs: COMMIT_TIME_MS,
  },
  refusal: null,
  ...parts,
});
