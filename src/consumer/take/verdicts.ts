/**
 * Records of a batch, in the order in which they were read, and what is known -> what becomes of each. Pure.
 *
 * I1 an event is applied at most once: its id was new, and its number was not seen before.
 * I2 nothing is dropped: what is neither applied nor a repeat is parked, whole.
 * I3 an event of a parked order waits, so events of an order take effect in the order in which they were read.
 */
import { contractText } from '../../domain/integration-event.js';
import type { ParkedCode } from '../codes.js';
import type { ReadEvent, Refused } from '../read/event.js';
import { placeText } from '../read/record.js';
import { count, type Counted, gapsText } from '../store/numbers.js';
import { type Order, orderText } from '../store/orders.js';
import { orderOf, type Parking, type ToPark } from '../store/parked.js';
import type { ToApply } from './effects.js';
import { eventNotice, type Notice, noticeOf } from './notice.js';

export interface Verdicts {
  readonly apply: readonly ToApply[];
  readonly park: readonly ToPark[];
  /** Ids that were put into the inbox, of events that are parked. */
  readonly giveBack: readonly string[];
  readonly notices: readonly Notice[];
  readonly touched: readonly Order[];
}

export interface Known {
  /** By {@link orderText}; changed here. */
  readonly orders: ReadonlyMap<string, Order>;
  /** Records that are parked already, by `placeText`: read again, they are what they were. */
  readonly parkedBefore: ReadonlyMap<string, Parking>;
  /** Ids of events from before this moment need not be kept any more. */
  readonly idsKeptSinceMs: number;
}

const WAITS: Parking = { code: 'ORDER_WAITS', text: 'An earlier event of its order is parked.' };

export function judge(records: readonly (ReadEvent | Refused)[], known: Known): Verdicts {
  const judging = new Judging(known);
  for (const read of records) judging.see(read);
  return judging.verdicts;
}

class Judging {
  readonly #known: Known;
  readonly #apply: ToApply[] = [];
  readonly #park: ToPark[] = [];
  readonly #giveBack: string[] = [];
  readonly #notices: Notice[] = [];
  readonly #touched = new Set<Order>();

  constructor(known: Known) {
    this.#known = known;
  }

  get verdicts(): Verdicts {
    return {
      ...{ apply: this.#apply, park: this.#park, giveBack: this.#giveBack, notices: this.#notices },
      touched: [...this.#touched],
    };
  }

  see(read: ReadEvent | Refused): void {
    const { record } = read;
    const order = this.#known.orders.get(orderText(orderOf(record)));
    if (order === undefined) return; // all were asked for
    if (read.kind === 'refused') return this.#parkIt(order, read, read.code, read.text);
    if (order.parked) {
      const { code, text } = this.#known.parkedBefore.get(placeText(record)) ?? WAITS;
      return this.#parkIt(order, read, code, text);
    }
    const contract = contractText(read.contract.name, read.contract.version);
    const before = order.numbers.get(contract);
    const counted = count(before, read.sequence);
    const number = `Number ${read.sequence} of ${contract}`;
    switch (counted.standing) {
      case 'next':
        break;
      case 'begins-late':
        this.#tell(read, 'SEQUENCE_BEGINS_LATE', `${number} is the first one that was seen of this order.`);
        break;
      case 'after-gap': {
        const missing = gapsText(counted.numbers.gaps.slice(-1));
        this.#tell(read, 'SEQUENCE_GAP', `${number} came after ${before?.last ?? 0}: not seen were ${missing}.`);
        break;
      }
      case 'late':
        this.#tell(read, 'SEQUENCE_LATE', `${number} came after number ${before?.last ?? 0} of its order.`);
        break;
      case 'closed':
        return this.#tell(read, 'SEQUENCE_CLOSED', `${number} is of a gap that was closed.`);
      case 'gaps-full':
        return this.#parkIt(order, read, 'SEQUENCE_GAPS_FULL', `${number}: more gaps in one order than are kept.`);
      case 'taken':
        return this.#taken(order, read, number);
    }
    this.#accept(order, read, contract, counted);
  }

  #accept(order: Order, event: ReadEvent, contract: string, { standing, numbers }: Counted): void {
    order.numbers.set(contract, numbers);
    this.#touched.add(order);
    this.#apply.push({ event, standing: standing as ToApply['standing'] });
  }

  /** Its id is new, its number is not: either the id was deleted since, or this is another event. */
  #taken(order: Order, event: ReadEvent, number: string): void {
    const since = this.#known.idsKeptSinceMs;
    if (event.occurredAtMs < since && (order.begunMs ?? since) < since)
      return this.#tell(event, 'EVENT_KNOWN_BY_NUMBER', `${number} took effect before; ids are not kept so long.`);
    this.#parkIt(order, event, 'SEQUENCE_TAKEN', `${number} was seen before, with another id.`);
  }

  #parkIt(order: Order, read: ReadEvent | Refused, code: ParkedCode, text: string): void {
    order.parked = true;
    this.#touched.add(order);
    this.#park.push({ record: read.record, code, text });
    if (read.kind === 'refused') return void this.#notices.push(noticeOf(read.record, code, text));
    this.#giveBack.push(read.id);
    this.#tell(read, code, text);
  }

  #tell(event: ReadEvent, code: Notice['code'], text: string): void {
    this.#notices.push(eventNotice(event, code, text));
  }
}
