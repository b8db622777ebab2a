/**
 * Every recording of both folders, read as consumers do (partitions mixed, cut anywhere, read again from any boundary, ends of
 * partitions answered late): the same steps as when it is read in one go.
 */
import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { it } from 'vitest';
import type { Step } from '../../src/domain/transaction.js';
import { delivery } from '../support/history-deliveries.js';
import { consumers } from '../support/history-consumer.js';
import { deliver } from '../support/history-delivery.js';
import { RECORDED, recordedLog } from '../support/recorded-logs.js';

it.each(RECORDED)('$name: transactions in the same order with the same rows', ({ name, runs, ...settings }) => {
  const log = recordedLog(name);
  const start = consumers(log.records, settings);
  const wanted = transactionsOf(deliver(log, { seed: 1, restarts: 0, isBacklog: true }, start));
  fc.assert(
    fc.property(delivery, (each) => {
      equal(transactionsOf(deliver(log, each, start)), wanted);
    }),
    { numRuns: runs },
  );
});

const transactionsOf = (out: readonly Step[]): string =>
  out
    .flatMap((step) => (step.kind === 'transaction' ? [step] : []))
    .map(({ position, changes }) =>
      [position, ...changes.map(({ op, table, key }) => `${op} ${table} ${key}`)].join(' '),
    )
    .join('\n');
