/**
 * Every order in which two small transactions can be read over three partitions and the transaction topic, with any restarts. Each history
 * is read with one of the three answers about the ends of partitions: `npm run test:long` reads three transactions with all of them.
 */
import { it } from 'vitest';
import { checkSmall, shapes, SMALL_ANSWERS } from './small-cases.js';

const TWO = shapes(2);
const SHARE = 3;

const inTurn = (answer: (typeof SMALL_ANSWERS)[number]): typeof TWO =>
  TWO.filter((_, i) => i % SHARE === SMALL_ANSWERS.indexOf(answer) % SHARE);

it.each(SMALL_ANSWERS)('two transactions, ends of partitions answered: %s', (answer) => {
  const total = { orders: 0, boundaries: 0, records: 0 };
  const histories = inTurn(answer);
  for (const shape of histories) {
    const { orders, boundaries, records } = checkSmall({ shape, snapshot: [], answer });
    total.orders += orders;
    total.boundaries += boundaries;
    total.records += records;
  }
  console.log(
    `${histories.length} histories: ${total.orders} orders, ${total.boundaries} boundaries, ${total.records} records`,
  );
});

it.each(SMALL_ANSWERS)('two transactions after a snapshot, ends of partitions answered: %s', (answer) => {
  let orders = 0;
  for (const shape of TWO.filter((_, i) => i % 36 === 0))
    orders += checkSmall({ shape, snapshot: [0, 2], answer }).orders;
  console.log(`${orders} orders`);
});
