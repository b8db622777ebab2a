/** How the tables of the recordings are declared, column by column, for each set of the connector's settings. */
import { type Column, legacy } from '../../../src/rules/index.js';

export type Columns = Readonly<Record<string, Column<unknown>>>;

const { bigint, integer, text, decimal, float, date, timestamp, instant, time, array, bytes, interval } = legacy;
const utc = { zone: 'UTC', infinity: true, from: '-004712-01-01', to: '+012000-12-31' } as const;
const ever = { infinity: true, from: '-004712-01-01', to: '+012000-12-31' } as const;

export const ORD_HDR: Columns = {
  ...{ ord_no: bigint(), sts_cd: text({ trim: true }), chnl_cd: text(), mkt_cd: text({ trim: true }), tnt_cd: text() },
  ...{ cust_no: bigint(), curr_cd: text(), tot_amt: decimal({ scale: 2 }), fraud_flg: text(), addr_ok_flg: text() },
  ...{ crt_ts: timestamp({ unit: 'micros', zone: 'UTC' }), chg_ts: instant(), notes: text() },
};
const ORD_LINE: Columns = {
  ...{ ord_no: bigint(), line_no: integer(), sku: text(), qty: integer(), price: decimal({ scale: 4 }) },
  ...{ resv_flg: text(), line_sts: text() },
};
const PAY_TXN: Columns = {
  ...{ pay_id: bigint(), ord_no: bigint(), pay_typ: text(), amt: decimal({ scale: 2 }), pay_sts: text() },
};
export const ORDERS = [
  ['ord_hdr', ['ord_no'], ORD_HDR],
  ['ord_line', ['ord_no', 'line_no'], ORD_LINE],
  ['pay_txn', ['pay_id'], PAY_TXN],
] as const;
export const ORD_DOC: Columns = {
  ...{ doc_id: bigint(), title: text(), pdf: bytes(), meta: text(), meta2: text(), tags: array(text()) },
  ...{ nums: array(bigint()), xm: text(), attrs: legacy.hstore(), big: decimal({ scale: 0 }) },
};

export interface Settings {
  readonly amount: (scale: number) => Column<unknown>;
  readonly unit: 'micros' | 'millis' | 'iso';
  readonly coarse: 'millis' | 'iso';
  readonly interval: 'micros' | 'iso';
  readonly bytes: 'base64' | 'hex';
}

export const zoo = ({ amount, unit, coarse, interval: intervalUnit, bytes: wire }: Settings): Columns => ({
  ...{
    id: bigint(),
    what: text(),
    i2: integer(),
    i4: integer(),
    i8: bigint(),
    b: legacy.boolean(),
    bt: legacy.boolean(),
  },
  ...{ n122: amount(2), n380: amount(0), n3810: amount(10), nfree: amount(30), m: amount(2), dnum: amount(2) },
  ...{ f4: float({ nonFinite: true }), f8: float({ nonFinite: true }) },
  ...{ d: date({ unit: unit === 'iso' ? 'iso' : 'days', ...ever }), tstz: instant(ever), ttz: legacy.zonedTime() },
  ...{ t0: time({ unit: coarse }), t3: time({ unit: coarse }), t6: time({ unit }) },
  ...{
    ts0: timestamp({ unit: coarse, ...utc }),
    ts3: timestamp({ unit: coarse, ...utc }),
    ts6: timestamp({ unit, ...utc }),
  },
  ...{ iv: interval({ unit: intervalUnit }), u: legacy.uuid(), jb: legacy.json(), js: legacy.json(), xm: text() },
  ...{
    by: bytes({ wire }),
    c5: text(),
    vc: text(),
    tx: text(),
    ci: text(),
    pr: text(),
    zp: text(),
    b8: legacy.bits({ length: 8 }),
  },
  ...{
    ip: text(),
    cd: text(),
    mac: text(),
    ai: array(integer().nullable()),
    at: array(text().nullable()),
    an: array(amount(2)),
  },
  ...{
    ats: array(instant(ever)),
    ap: array(text()),
    ab: array(bytes({ wire })),
    r4: text(),
    rts: text(),
    hs: legacy.hstore(),
  },
  ...{ lt: text(), pt: legacy.point(), tv: text(), o: bigint(), ident: integer(), dflt: text() },
});

export const STRING: Settings = {
  amount: (scale) => decimal({ scale }),
  ...{ unit: 'micros', coarse: 'millis', interval: 'micros', bytes: 'base64' },
};
export const PRECISE: Settings = { ...STRING, amount: (scale) => decimal({ scale, wire: 'bytes' }) };
export const DOUBLE: Settings = {
  ...STRING,
  amount: (scale) => decimal({ scale, lossy: true }),
  unit: 'millis',
  interval: 'iso',
};
export const ISO: Settings = { ...STRING, unit: 'iso', coarse: 'iso', interval: 'iso', bytes: 'hex' };
