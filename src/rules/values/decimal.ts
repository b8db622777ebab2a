/**
 * Exact arithmetic on the texts that decimal columns give: no digit is lost, and what is rounded says how. Texts in, texts out, so a result
 * can go into an event as it is. On the language's own integers of any size (decision 0034). Pure.
 */
import { scaledText } from '../../domain/tables/scaled-text.js';
import { Misused } from '../error.js';

/** A text such as `-12.50`, or a whole number, such as the quantity of a line. A number with a fraction has lost digits already. */
export type Decimal = string | number;

/**
 * What becomes of a digit that has no room: `half-up` to the nearest, halves away from zero; `half-even` to the nearest, halves to the even
 * digit; `up` away from zero; `down` towards zero; `exact`: there must be none, else the aggregate is parked.
 */
export type Rounding = 'half-up' | 'half-even' | 'up' | 'down' | 'exact';

/** PostgreSQL's largest. */
export const SCALE_MAX = 16_383;

/** All throw for what is no {@link Decimal}; the text says which, never the value. */
export const decimal = {
  /** Of a list; it has the largest scale in it. That of none is `0`. */
  sum: (values: readonly Decimal[]): string => {
    if (!Array.isArray(values)) throw new Misused(`decimal.sum takes a list of decimals, not ${kindOf(values)}`);
    let [total, scale] = [0n, 0];
    for (let i = 0; i < values.length; i += 1) {
      const value = scaled('sum', values[i]);
      if (value.scale > scale) {
        total *= powerOfTen(value.scale - scale);
        ({ scale } = value);
      }
      total += withScale(value, scale);
    }
    return scaledText(total, scale);
  },

  /** Has the larger scale of the two. */
  plus: (left: Decimal, right: Decimal): string => {
    const [a, b] = [scaled('plus', left), scaled('plus', right)];
    const scale = Math.max(a.scale, b.scale);
    return scaledText(withScale(a, scale) + withScale(b, scale), scale);
  },

  /** Has the larger scale of the two. */
  minus: (left: Decimal, right: Decimal): string => {
    const [a, b] = [scaled('minus', left), scaled('minus', right)];
    const scale = Math.max(a.scale, b.scale);
    return scaledText(withScale(a, scale) - withScale(b, scale), scale);
  },

  /** Has the scales of both together: `9.9900` times `0.19` is `1.898100`. */
  times: (left: Decimal, right: Decimal): string => {
    const [a, b] = [scaled('times', left), scaled('times', right)];
    return scaledText(a.unscaled * b.unscaled, a.scale + b.scale);
  },

  /** The same scale; of zero, zero. */
  negate: (value: Decimal): string => {
    const { unscaled, scale } = scaled('negate', value);
    return scaledText(-unscaled, scale);
  },

  /** As `sort` wants it, by value: `1.0` equals `1.00`. */
  compare: (left: Decimal, right: Decimal): -1 | 0 | 1 => {
    const [a, b] = [scaled('compare', left), scaled('compare', right)];
    const scale = Math.max(a.scale, b.scale);
    const [x, y] = [withScale(a, scale), withScale(b, scale)];
    return x < y ? -1 : x > y ? 1 : 0;
  },

  /** With exactly `scale` digits after the point, zeros added where there are fewer. */
  round: (value: Decimal, scale: number, rounding: Rounding): string => {
    const given = scaled('round', value);
    checkScale('round', scale);
    const isEnough = given.scale <= scale;
    const unscaled = isEnough
      ? quotient('round', withScale(given, scale), 1n, rounding)
      : quotient('round', given.unscaled, powerOfTen(given.scale - scale), rounding);
    return scaledText(unscaled, scale);
  },

  /** With exactly `scale` digits after the point. */
  divide: (value: Decimal, by: Decimal, scale: number, rounding: Rounding): string => {
    const [a, b] = [scaled('divide', value), scaled('divide', by)];
    checkScale('divide', scale);
    if (b.unscaled === 0n) throw new Misused('decimal.divide was asked to divide by zero');
    const shift = scale + b.scale - a.scale;
    const numerator = shift > 0 ? a.unscaled * powerOfTen(shift) : a.unscaled;
    const denominator = shift < 0 ? b.unscaled * powerOfTen(-shift) : b.unscaled;
    const isNegative = denominator < 0n;
    return scaledText(
      quotient('divide', isNegative ? -numerator : numerator, isNegative ? -denominator : denominator, rounding),
      scale,
    );
  },
} as const;

type Operation = keyof typeof decimal;

/** `unscaled` / 10^`scale` */
interface Scaled {
  readonly unscaled: bigint;
  readonly scale: number;
}

const PLAIN = /^-?\d+(?:\.\d+)?$/;

function scaled(operation: Operation, value: unknown): Scaled {
  if (typeof value === 'string' && PLAIN.test(value)) {
    const point = value.indexOf('.');
    return point === -1
      ? { unscaled: BigInt(value), scale: 0 }
      : { unscaled: BigInt(value.slice(0, point) + value.slice(point + 1)), scale: value.length - point - 1 };
  }
  if (Number.isSafeInteger(value)) return { unscaled: BigInt(value as number), scale: 0 };
  throw new Misused(
    `decimal.${operation} takes texts such as 12.50, and whole numbers, and was given ${kindOf(value)}${CAUSES[typeof value] ?? ''}`,
  );
}

const CAUSES: Readonly<Record<string, string>> = {
  string: ' of another form',
  number: ' with a fraction, or too large, whose digits are not exact any more',
};

const kindOf = (value: unknown): string =>
  value == null ? String(value) : `a ${typeof value}`.replace('string', 'text');

const withScale = ({ unscaled, scale }: Scaled, wanted: number): bigint =>
  wanted === scale ? unscaled : unscaled * powerOfTen(wanted - scale);

const POWERS = Array.from({ length: 20 }, (_, exponent) => 10n ** BigInt(exponent));

const powerOfTen = (exponent: number): bigint => POWERS[exponent] ?? 10n ** BigInt(exponent);

function checkScale(operation: Operation, scale: unknown): void {
  if (Number.isInteger(scale) && (scale as number) >= 0 && (scale as number) <= SCALE_MAX) return;
  throw new Misused(`decimal.${operation} takes as scale a whole number from 0 to ${SCALE_MAX}`);
}

/** @param denominator above zero */
function quotient(operation: Operation, numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (!Object.hasOwn(AWAY, rounding))
    throw new Misused(`decimal.${operation} rounds ${Object.keys(AWAY).join(', ')}, and has to be told which`);
  const whole = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return whole;
  if (rounding === 'exact')
    throw new Misused(`decimal.${operation} would lose a digit that is not zero, and it was told to be exact`);
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const place = twice < denominator ? -1 : twice > denominator ? 1 : 0;
  return AWAY[rounding](place, whole) ? whole + (numerator < 0n ? -1n : 1n) : whole;
}

/** Whether what is left makes one more. @param place of it, to one half: below, at, above. */
const AWAY: Readonly<Record<Rounding, (place: -1 | 0 | 1, whole: bigint) => boolean>> = {
  'half-up': (place) => place >= 0,
  'half-even': (place, whole) => place > 0 || (place === 0 && whole % 2n !== 0n),
  up: () => true,
  down: () => false,
  exact: () => false,
};
