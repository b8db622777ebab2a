import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, type Decimal, type Rounding } from '../../../src/rules/index.js';

describe('decimals keep every digit', () => {
  it('of a sum, which has the largest scale of its terms', () => {
    expect(decimal.sum(['0.10', '0.20'])).toBe('0.30');
    expect(decimal.sum(['19.99', '5', '0.005', 2])).toBe('26.995');
    expect(decimal.sum(['-0.50', '0.5'])).toBe('0.00');
    expect(decimal.sum(['99999999999999999999.99', '0.01'])).toBe('100000000000000000000.00');
    expect(decimal.sum([])).toBe('0');
  });

  it('of a difference', () => {
    expect(decimal.plus('1.20', '1.005')).toBe('2.205');
    expect(decimal.minus('10.00', '12.5')).toBe('-2.50');
    expect(decimal.minus('0.10', '0.3')).toBe('-0.20');
  });

  it('of a product, which has both scales together', () => {
    expect(decimal.times('9.9900', 3)).toBe('29.9700');
    expect(decimal.times('-2.50', '0.19')).toBe('-0.4750');
    expect(decimal.times('0.00', '-1')).toBe('0.00');
  });

  it('of a number that changes its sign', () => {
    expect(decimal.negate('24.95')).toBe('-24.95');
    expect(decimal.negate('-0.05')).toBe('0.05');
    expect(decimal.negate('0.00')).toBe('0.00');
  });

  it('compared by value', () => {
    expect(decimal.compare('1.0', '1.00')).toBe(0);
    expect(decimal.compare('9.99', '10')).toBe(-1);
    expect(decimal.compare('-1', '-1.5')).toBe(1);
    expect(['10.00', '9.5', '-3', '0.001'].sort(decimal.compare)).toEqual(['-3', '0.001', '9.5', '10.00']);
  });
});

describe('rounding', () => {
  it.each<[Rounding, readonly string[]]>([
    ['half-up', ['1.24', '1.25', '1.24', '1.23', '-1.24', '-1.25', '0.00']],
    ['half-even', ['1.24', '1.24', '1.24', '1.23', '-1.24', '-1.24', '0.00']],
    ['up', ['1.24', '1.25', '1.25', '1.24', '-1.24', '-1.25', '0.01']],
    ['down', ['1.23', '1.24', '1.24', '1.23', '-1.23', '-1.24', '0.00']],
  ])('%s', (rounding, expected) => {
    const values = ['1.235', '1.245', '1.2449', '1.2301', '-1.235', '-1.245', '0.0001'];
    expect(values.map((value) => decimal.round(value, 2, rounding))).toEqual(expected);
  });

  it('adds zeros where there are fewer digits, and takes them away', () => {
    expect(decimal.round('7', 2, 'exact')).toBe('7.00');
    expect(decimal.round('7.5000', 2, 'exact')).toBe('7.50');
    expect(decimal.round('7.50', 0, 'half-even')).toBe('8');
    expect(decimal.round(decimal.sum([]), 2, 'exact')).toBe('0.00');
  });

  it('of a quotient', () => {
    expect(decimal.divide('100.00', '3', 2, 'half-up')).toBe('33.33');
    expect(decimal.divide('-200.00', '3', 2, 'half-up')).toBe('-66.67');
    expect(decimal.divide('119.00', '1.19', 2, 'exact')).toBe('100.00');
    expect(decimal.divide('1', '-8', 2, 'half-even')).toBe('-0.12');
    expect(decimal.divide('1.123456', 1, 2, 'down')).toBe('1.12');
    expect(decimal.divide('0', '-3', 1, 'up')).toBe('0.0');
  });
});

describe('what is no decimal is refused, without its value', () => {
  const kinds: readonly [unknown, string][] = [
    [null, 'null'],
    [undefined, 'undefined'],
    ['', 'a text of another form'],
    ['1e3', 'a text of another form'],
    ['1,50', 'a text of another form'],
    [' 1', 'a text of another form'],
    ['.5', 'a text of another form'],
    ['NaN', 'a text of another form'],
    [0.1, 'a number with a fraction, or too large, whose digits are not exact any more'],
    [2 ** 53, 'a number with a fraction, or too large, whose digits are not exact any more'],
    [true, 'a boolean'],
    [{}, 'a object'],
  ];

  it.each(kinds)('%j', (value, words) => {
    const given = value as Decimal;
    const text = (operation: string) =>
      `decimal.${operation} takes texts such as 12.50, and whole numbers, and was given ${words}`;
    expect(() => decimal.plus('1', given)).toThrow(new TypeError(text('plus')));
    expect(() => decimal.minus(given, '1')).toThrow(text('minus'));
    expect(() => decimal.times('1', given)).toThrow(text('times'));
    expect(() => decimal.compare(given, '1')).toThrow(text('compare'));
    expect(() => decimal.negate(given)).toThrow(text('negate'));
    expect(() => decimal.sum(['1', given])).toThrow(text('sum'));
    expect(() => decimal.round(given, 2, 'exact')).toThrow(text('round'));
    expect(() => decimal.divide('1', given, 2, 'exact')).toThrow(text('divide'));
  });

  it('and so is what does not fit', () => {
    expect(() => decimal.sum('12' as never)).toThrow('decimal.sum takes a list of decimals, not a text');
    expect(() => decimal.round('1.005', 2, 'exact')).toThrow('decimal.round would lose a digit that is not zero');
    expect(() => decimal.divide('1', '3', 2, 'exact')).toThrow('decimal.divide would lose a digit');
    expect(() => decimal.divide('1', '0.00', 2, 'up')).toThrow('decimal.divide was asked to divide by zero');
    expect(() => decimal.round('1', -1, 'up')).toThrow('decimal.round takes as scale a whole number from 0 to 16383');
    expect(() => decimal.round('1.5', 0, 'toString' as never)).toThrow('and has to be told which');
    expect(() => decimal.round('1', 2, undefined as never)).toThrow(
      'decimal.round rounds half-up, half-even, up, down, exact, and has to be told which',
    );
  });
});

/** `unscaled` with so many digits after the point. */
const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }))
  .map(([unscaled, scale]) => {
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
    const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return unscaled < 0n ? `-${text}` : text;
  });

describe('for all decimals', () => {
  const same = (left: string, right: string): void => {
    expect(decimal.compare(left, right)).toBe(0);
  };

  it('the laws of arithmetic hold', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, anyDecimal, (a, b, c) => {
        expect(decimal.plus(a, b)).toBe(decimal.plus(b, a));
        expect(decimal.times(a, b)).toBe(decimal.times(b, a));
        same(decimal.minus(decimal.plus(a, b), b), a);
        same(decimal.times(a, decimal.plus(b, c)), decimal.plus(decimal.times(a, b), decimal.times(a, c)));
        same(decimal.sum([a, b, c]), decimal.plus(decimal.plus(a, b), c));
        same(decimal.plus(a, decimal.negate(a)), '0');
        expect(decimal.compare(a, b)).toBe(-decimal.compare(b, a) + 0);
      }),
    );
  });

  it('rounding goes to a neighbour, the nearest one where it says so, and dividing undoes multiplying', () => {
    const modes: readonly Rounding[] = ['half-up', 'half-even', 'up', 'down'];
    fc.assert(
      fc.property(
        anyDecimal,
        anyDecimal,
        fc.integer({ min: 0, max: 14 }),
        fc.constantFrom(...modes),
        (a, b, scale, mode) => {
          const unit = decimal.divide('1', `1${'0'.repeat(scale)}`, scale, 'exact');
          const off = decimal.minus(decimal.round(a, scale, mode), a);
          const distance = decimal.compare(off, '0') < 0 ? decimal.negate(off) : off;
          expect(decimal.compare(distance, unit)).toBe(-1);
          if (mode.startsWith('half')) expect(decimal.compare(decimal.times(distance, 2), unit)).toBeLessThan(1);
          if (decimal.compare(b, '0') !== 0) same(decimal.divide(decimal.times(a, b), b, 12, 'exact'), a);
        },
      ),
    );
  });
});
