/** Every order in which two small transactions can be read over three partitions and the transaction topic, with any restarts. */
import { it } from 'vitest';
import { checkSmall, shapes, SMALL_ANSWERS } from './small-cases.js';

const TWO = shapes(2);

it.each(SMALL_ANSWERS)('two transactions, ends of partitions answered: %s', (answer) => {
  const total = { orders: 0, boundaries: 0, records: 0 };
  for (const shape of TWO) {
    const { orders, boundaries, records } = checkSmall({ shape, snapshot: [], answer });
    total.orders += orders;
    total.boundaries += boundaries;
    total.records += records;
  }
  console.log(
    `${TWO.length} histories: ${total.orders} orders, ${total.boundaries} boundaries, ${total.records} records`,
  );
});

it.each(SMALL_ANSWERS)('two transactions after a snapshot, ends of partitions answered: %s', (answer) => {
  let orders = 0;
  for (const shape of TWO.filter((_, i) => i % 12 === 0))
    orders += checkSmall({ shape, snapshot: [0, 2], answer }).orders;
  console.log(`${orders} orders`);
});
