/**
 * What stands in an order: header, lines, addresses, as SQL that creates them in one transaction.
 *
 * In:  the order's random stream. Out: statements (all literals are made here, none comes from outside).
 */
import type { Random } from '../random.js';

const PLACES = {
  DE: { currency: 'EUR', street: 'Lindenstraße 12', zip: '50674', city: 'Köln' },
  FR: { currency: 'EUR', street: '12 Rue des Écoles', zip: '75005', city: 'Paris' },
  IE: { currency: 'EUR', street: "O'Connell St 3", zip: 'D01 X2P2', city: 'Dublin' },
  IT: { currency: 'EUR', street: 'Via Garibaldi 4', zip: '20121', city: 'Milano' },
  PL: { currency: 'PLN', street: 'Ul. Długa 7', zip: '31-146', city: 'Kraków' },
  SE: { currency: 'SEK', street: 'Åsgatan 5', zip: '111 20', city: 'Stockholm' },
} as const;
const COUNTRIES = Object.keys(PLACES) as (keyof typeof PLACES)[];

const SKUS = ['BAG-220-RED', 'BELT-100', 'CAP-009', 'COAT-8810-XL', 'HD-4711-BLK', 'JNS-3301-32'].concat([
  'SHOE-42-771',
  'SOCK-5P-39',
  'TSH-0098-L',
  'TSH-0098-M',
]);
const PRICE_CENTS = [999, 1950, 2495, 4900, 7990, 12900];
const NOTES = [
  'NULL',
  'NULL',
  'NULL',
  `''`,
  `' call customer before delivery '`,
  `E'line1\\nline2'`,
  `'quote '' and "double"'`,
];

export interface OrderContent {
  readonly lineCount: number;
  /** Amount of the whole order, two decimals. */
  readonly total: string;
  readonly statements: readonly string[];
}

export function orderContent(orderNo: number, lineCount: number, random: Random): OrderContent {
  const country = random.pick(COUNTRIES);
  const place = PLACES[country];
  const lines = Array.from({ length: lineCount }, (_, index) => ({
    lineNo: index + 1,
    sku: random.pick(SKUS),
    quantity: random.int(1, 3),
    cents: random.pick(PRICE_CENTS),
  }));
  const total = decimal(lines.reduce((sum, line) => sum + line.quantity * line.cents, 0));
  const customer = random.chance(0.1) ? 'NULL' : String(random.int(10_000, 99_999));
  const channel = random.weighted({ WEB: 5, MKTP: 2, CALL: 1, POS: 1 });
  const tenant = random.weighted({ ACME: 2, NORD: 1 });
  const header =
    'INSERT INTO oms.ord_hdr(ord_no,chnl_cd,mkt_cd,tnt_cd,cust_no,curr_cd,tot_amt,notes) VALUES ' +
    `(${orderNo},'${channel}','${country}','${tenant}',${customer},'${place.currency}',${total},${random.pick(NOTES)})`;
  const values = lines.map(
    (line) => `(${orderNo},${line.lineNo},'${line.sku}',${line.quantity},${decimal(line.cents)})`,
  );
  return {
    lineCount,
    total,
    statements: [
      header,
      `INSERT INTO oms.ord_line(ord_no,line_no,sku,qty,price) VALUES ${values.join(',')}`,
      ...addresses(orderNo, country, random),
    ],
  };
}

/** Hundredths -> text with two decimals. */
export function decimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

function addresses(orderNo: number, country: keyof typeof PLACES, random: Random): string[] {
  const types: [string, keyof typeof PLACES][] = [['SHIP', country]];
  if (random.chance(0.5)) types.push(['BILL', random.pick(COUNTRIES)]);
  return types.map(([type, code]) => {
    const { street, zip, city } = PLACES[code];
    const quoted = street.replaceAll("'", "''");
    return (
      'INSERT INTO oms.cust_addr(ord_no,addr_typ,street,zip,city,ctry) VALUES ' +
      `(${orderNo},'${type}','${quoted}','${zip}','${city}','${code}')`
    );
  });
}
