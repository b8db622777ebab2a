/**
 * What becomes of an order after its checks: released at once or in parts, cancelled, reopened, refunded, and the
 * corrections that people make afterwards (releases deleted and written again, rows moved to the neighbouring order).
 */
import { payment, refund, release, setHeader, setRefund, step, type Stage, type Step } from './step.js';
import type { Subject } from './subject.js';

export type Life =
  | 'released'
  | 'partlyReleased'
  | 'cancelled'
  | 'cancellationRefused'
  | 'fraud'
  | 'reopened'
  | 'refundTrouble'
  | 'deletedEarly'
  | 'abandoned';

const WAREHOUSES = ['W01', 'W02', 'W07', 'W09'];

/** `neighbour`: an order that rows may be moved to, if there is one. */
export function lifeStages(subject: Subject, life: Life, neighbour: number | undefined): Stage[] {
  const { orderNo, content, random } = subject;
  const refunded = one(step('payment', orderNo, random, refund(orderNo, content.total, random.pick(['OK', 'PEND']))));
  const partRefund = one(step('payment', orderNo, random, refund(orderNo, '5.00', 'OK')));
  switch (life) {
    case 'released':
      return [releaseAll(subject), ...corrections(subject, neighbour)];
    case 'partlyReleased':
      return [...releaseInParts(subject), ...corrections(subject, neighbour)];
    case 'cancelled':
      return [request(subject, 1), accept(subject, 1), refunded, ...secondThoughts(subject)];
    case 'cancellationRefused':
      return [
        request(subject, 1),
        refuse(subject, 1),
        releaseAll(subject),
        partRefund,
        ...corrections(subject, neighbour),
      ];
    case 'fraud':
      return [fraudFound(subject)];
    case 'reopened':
      return [request(subject, 1), accept(subject, 1), reopen(subject), releaseAll(subject)];
    case 'refundTrouble':
      return [releaseAll(subject), ...refundTrouble(subject)];
    case 'deletedEarly':
    case 'abandoned':
      return [];
  }
}

function releaseAll({ orderNo, content, random }: Subject): Stage {
  return one(
    step(
      'warehouse',
      orderNo,
      random,
      release(orderNo, 1, random.pick(WAREHOUSES)),
      setHeader(orderNo, `sts_cd='30'`),
      `UPDATE oms.ord_line SET line_sts='30' WHERE ord_no=${orderNo}`,
      payment(orderNo, 'CAPT', content.total, random.weighted({ OK: 9, PEND: 1 })),
    ),
  );
}

/** The first half, then one release for the rest or two releases in one transaction. */
function releaseInParts({ orderNo, content, random }: Subject): Stage[] {
  const half = Math.ceil(content.lineCount / 2);
  const lines = (which: string): string =>
    `UPDATE oms.ord_line SET line_sts='30' WHERE ord_no=${orderNo} AND line_no${which}`;
  const more = Array.from({ length: random.int(1, 2) }, (_, index) =>
    release(orderNo, index + 2, random.pick(WAREHOUSES)),
  );
  return [
    one(step('warehouse', orderNo, random, release(orderNo, 1, random.pick(WAREHOUSES)), lines(`<=${half}`))),
    one(step('warehouse', orderNo, random, ...more, lines(`>${half}`), setHeader(orderNo, `sts_cd='30'`))),
    one(step('payment', orderNo, random, payment(orderNo, 'CAPT', content.total))),
  ];
}

function request({ orderNo, random }: Subject, requestNo: number): Stage {
  const reason = random.weighted({ CUST: 6, STK: 2, OTH: 2 });
  const row = `(${orderNo},${requestNo},'${reason}')`;
  return one(step('service-desk', orderNo, random, `INSERT INTO oms.ord_cancel(ord_no,req_no,rsn_cd) VALUES ${row}`));
}

function answer({ orderNo }: Subject, requestNo: number, flag: string): string {
  return `UPDATE oms.ord_cancel SET acc_flg=${flag} WHERE ord_no=${orderNo} AND req_no=${requestNo}`;
}

function accept(subject: Subject, requestNo: number): Stage {
  const { orderNo, random } = subject;
  return one(step('service-desk', orderNo, random, answer(subject, requestNo, `'Y'`), ...cancelRows(orderNo)));
}

function refuse(subject: Subject, requestNo: number): Stage {
  return one(step('service-desk', subject.orderNo, subject.random, answer(subject, requestNo, `'N'`)));
}

function cancelRows(orderNo: number): string[] {
  return [
    setHeader(orderNo, `sts_cd='90'`),
    `UPDATE oms.ord_line SET line_sts='90', resv_flg='N' WHERE ord_no=${orderNo}`,
  ];
}

/** Request, acceptance, cancellation and refund in one transaction. */
function fraudFound({ orderNo, content, random }: Subject): Stage {
  return one(
    step(
      'service-desk',
      orderNo,
      random,
      `INSERT INTO oms.ord_cancel(ord_no,req_no,rsn_cd) VALUES (${orderNo},1,'FRD')`,
      `UPDATE oms.ord_cancel SET acc_flg='Y' WHERE ord_no=${orderNo} AND req_no=1`,
      ...cancelRows(orderNo),
      refund(orderNo, content.total, 'PEND'),
    ),
  );
}

/** The answer goes back and forth, a second request is accepted with no status left to change. */
function secondThoughts(subject: Subject): Stage[] {
  const { orderNo, random } = subject;
  const desk = (flag: string): Step => step('service-desk', orderNo, random, answer(subject, 1, flag));
  if (random.chance(0.2)) return [[[desk('NULL'), desk(`'Y'`)]]];
  return random.chance(0.15) ? [request(subject, 2), accept(subject, 2)] : [];
}

/** Back from cancelled: if it was never accepted for fulfilment, it may be now. */
function reopen({ orderNo, random }: Subject): Stage {
  const lines = `UPDATE oms.ord_line SET line_sts='10', resv_flg='Y' WHERE ord_no=${orderNo}`;
  return one(step('service-desk', orderNo, random, lines, setHeader(orderNo, `sts_cd='10', fraud_flg='N'`)));
}

/** A refund fails, is tried again, fails again, succeeds: initiated once. */
function refundTrouble({ orderNo, random }: Subject): Stage[] {
  const start = random.pick(['FAIL', 'PEND', 'OK']);
  const turns = random.pick([['OK'], ['PEND', 'OK'], ['OK', 'FAIL'], ['FAIL', 'OK', 'FAIL', 'OK']]);
  const steps = turns.map((status) => step('payment', orderNo, random, setRefund(orderNo, status)));
  return [one(step('payment', orderNo, random, refund(orderNo, '7.50', start))), [steps]];
}

/** What people repair later: rows deleted, written again under the same key, or given to the order before. */
function corrections({ orderNo, random }: Subject, neighbour: number | undefined): Stage[] {
  const relNo = orderNo * 10 + 1;
  const clean = (...statements: string[]): Step => step('clean-up', orderNo, random, ...statements);
  const kind = random.weighted({ none: 76, rewritten: 5, released: 4, payment: 4, release: 6, refund: 5 });
  switch (kind) {
    case 'none':
      return [];
    case 'rewritten':
      return [[[clean(`DELETE FROM oms.whs_rel WHERE rel_no=${relNo}`), clean(release(orderNo, 1, 'W02'))]]];
    case 'released':
      return [one(clean(`DELETE FROM oms.whs_rel WHERE rel_no=${relNo}`, release(orderNo, 5, 'W07')))];
    case 'payment':
      return [one(clean(`DELETE FROM oms.pay_txn WHERE ord_no=${orderNo} AND pay_typ='AUTH'`))];
    case 'release': {
      if (neighbour === undefined) return [];
      return [one({ ...clean(`UPDATE oms.whs_rel SET ord_no=${neighbour} WHERE rel_no=${relNo}`), needs: neighbour })];
    }
    case 'refund': {
      if (neighbour === undefined) return [];
      const move = `UPDATE oms.pay_txn SET ord_no=${neighbour} WHERE ord_no=${orderNo} AND pay_typ='RFND'`;
      return [
        one(step('payment', orderNo, random, refund(orderNo, '3.00', 'PEND'))),
        one({ ...clean(move), needs: neighbour }),
      ];
    }
  }
}

function one(step: Step): Stage {
  return [[step]];
}
