/**
 * The three checks of an order, side by side and in any order: fraud, addresses, stock. With detours: refused
 * addresses that are corrected, stock reserved in parts, flags that go back and forth, lines deleted meanwhile.
 */
import type { Life } from './lives.js';
import { setHeader, step, type Stage, type Track } from './step.js';
import type { Subject } from './subject.js';

export function checks(subject: Subject, life: Life): Stage {
  const tracks: Track[] = [fraudCheck(subject, life), addressCheck(subject), stockCheck(subject)];
  if (subject.random.chance(0.25)) tracks.push(deskEdit(subject));
  if (life === 'abandoned') tracks.splice(subject.random.int(0, 2), 1);
  return tracks;
}

/** After acceptance (or not): flags that go back and forth must change nothing that was said before. */
export function detoursAfterChecks({ orderNo, random }: Subject, life: Life): Stage[] {
  if (life === 'fraud') return [];
  const stages: Stage[] = [];
  if (random.chance(0.08)) {
    stages.push([
      [
        step('fraud', orderNo, random, setHeader(orderNo, `fraud_flg='Y'`)),
        step('fraud', orderNo, random, setHeader(orderNo, `fraud_flg='N'`)),
      ],
    ]);
  }
  if (random.chance(0.08)) {
    stages.push([
      [
        step('stock', orderNo, random, reserve(orderNo, 'N', 'AND line_no=1')),
        step('stock', orderNo, random, reserve(orderNo, 'Y')),
      ],
    ]);
  }
  return stages;
}

function fraudCheck({ orderNo, random }: Subject, life: Life): Track {
  const found = step('fraud', orderNo, random, setHeader(orderNo, `fraud_flg='Y'`));
  const clear = step('fraud', orderNo, random, setHeader(orderNo, `fraud_flg='N'`));
  if (life === 'fraud') return [found];
  return random.chance(0.06) ? [found, clear] : [clear];
}

function addressCheck({ orderNo, random }: Subject): Track {
  const judge = (flag: string): string => `UPDATE oms.cust_addr SET ok_flg='${flag}' WHERE ord_no=${orderNo}`;
  const good = step('address', orderNo, random, judge('Y'));
  if (!random.chance(0.15)) return [good];
  const corrected = `UPDATE oms.cust_addr SET street=street||' b' WHERE ord_no=${orderNo}`;
  return [step('address', orderNo, random, judge('N')), step('service-desk', orderNo, random, corrected), good];
}

function stockCheck({ orderNo, content, random }: Subject): Track {
  const last = content.lineCount;
  const all = step('stock', orderNo, random, reserve(orderNo, 'Y'));
  if (last === 1 || random.chance(0.6)) return [all];
  const first = step('stock', orderNo, random, reserve(orderNo, 'Y', `AND line_no<${last}`));
  const rest = step('stock', orderNo, random, reserve(orderNo, 'Y', `AND line_no=${last}`));
  // What cannot be had is struck off: the order may become complete by a delete.
  const struck = `DELETE FROM oms.ord_line WHERE ord_no=${orderNo} AND line_no=${last}`;
  return random.chance(0.2) ? [first, step('service-desk', orderNo, random, struck)] : [first, rest];
}

/** Somebody edits the order while the batch jobs run: transactions of several connections on one order. */
function deskEdit({ orderNo, random }: Subject): Track {
  const quantity = `UPDATE oms.ord_line SET qty=qty+1 WHERE ord_no=${orderNo} AND line_no=1`;
  return [step('service-desk', orderNo, random, setHeader(orderNo, `notes='edited'`), quantity)];
}

function reserve(orderNo: number, flag: string, which = ''): string {
  return `UPDATE oms.ord_line SET resv_flg='${flag}' WHERE ord_no=${orderNo} ${which}`.trimEnd();
}
