/** Texts of the formats that contracts are written with (`FORMATS` of `rules/contracts/field-schema.ts`). Pure. */
import type { Dice } from './dice.js';

const HEX = '0123456789abcdef';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** 2020-01-01 to 2035-12-31, in seconds. */
const SECONDS = { least: 1_577_836_800, most: 2_082_758_399 };

const instant = (dice: Dice): string =>
  new Date(dice.between(SECONDS.least, SECONDS.most) * 1_000 + dice.between(0, 999)).toISOString();
const byte = (dice: Dice): string => String(dice.between(1, 254));
const name = (dice: Dice): string => dice.text(LETTERS, dice.between(3, 9));

const MADE: Readonly<Record<string, (dice: Dice) => string>> = {
  'date-time': instant,
  date: (dice) => instant(dice).slice(0, 10),
  time: (dice) => instant(dice).slice(11),
  duration: (dice) => `P${dice.between(1, 30)}DT${dice.between(1, 23)}H`,
  email: (dice) => `${name(dice)}@${name(dice)}.example`,
  hostname: (dice) => `${name(dice)}.example`,
  ipv4: (dice) => Array.from({ length: 4 }, () => byte(dice)).join('.'),
  ipv6: (dice) => Array.from({ length: 8 }, () => dice.text(HEX, 4)).join(':'),
  uri: (dice) => `https://${name(dice)}.example/${name(dice)}`,
  uuid: (dice) =>
    `${dice.text(HEX, 8)}-${dice.text(HEX, 4)}-5${dice.text(HEX, 3)}-8${dice.text(HEX, 3)}-${dice.text(HEX, 12)}`,
};

/** Null: nothing is known of the format. */
export const formatText = (format: string, dice: Dice): string | null => MADE[format]?.(dice) ?? null;

/** Those at which code breaks that was tried with ordinary ones only. */
export const FORMAT_EDGES: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2028-02-29T23:59:59.999999Z', '1970-01-01T00:00:00Z', '2099-12-31T23:59:59Z'],
  date: ['2028-02-29', '1970-01-01', '2099-12-31'],
};
