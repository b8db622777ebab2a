/**
 * Texts that a regular expression matches: literals, classes, groups, alternatives and quantifiers, which is what patterns of contracts are made of.
 * What looks around itself or back is not made up. Pure.
 */
import { patternOf } from '../../rules/contracts/json-schema.js';
import type { Dice } from './dice.js';

/** How a text is to be: of any length, as short or as long as the pattern lets it be. */
export type Extent = 'any' | 'least' | 'most';

type Part =
  | { readonly kind: 'one-of'; readonly characters: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'alternatives'; readonly parts: readonly Part[] }
  | { readonly kind: 'repeated'; readonly part: Part; readonly least: number; readonly most: number };

/** Null: this pattern is not made up. Whether a text has the right length is for the caller to look at. */
export function patternText(pattern: string, dice: Dice, extent: Extent): string | null {
  const part = parsed(pattern);
  if (part === null) return null;
  const text = textOf(part, dice, extent);
  return patternOf(pattern)?.test(text) === true ? text : null;
}

/** More than the least, where there is no most, or one that is far away. */
const REPEATS_MORE = 5;

function textOf(part: Part, dice: Dice, extent: Extent): string {
  switch (part.kind) {
    case 'one-of':
      return dice.text(part.characters, 1);
    case 'sequence':
      return part.parts.map((each) => textOf(each, dice, extent)).join('');
    case 'alternatives':
      return textOf(dice.pick(part.parts), dice, extent);
    case 'repeated': {
      const most = Math.min(part.most, part.least + REPEATS_MORE);
      const count = extent === 'any' ? dice.between(part.least, most) : extent === 'least' ? part.least : most;
      return Array.from({ length: count }, () => textOf(part.part, dice, extent)).join('');
    }
  }
}

function parsed(pattern: string): Part | null {
  try {
    return new Reader(pattern).whole();
  } catch (error) {
    if (error instanceof NotMadeUp) return null;
    throw error;
  }
}

class NotMadeUp extends Error {}

const DIGITS = '0123456789';
const WORD = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}_`;
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
const without = (characters: string): string =>
  Array.from(PRINTABLE)
    .filter((each) => !characters.includes(each))
    .join('');
const CLASSES: Readonly<Record<string, string>> = {
  ...{ d: DIGITS, w: WORD, s: ' ' },
  ...{ D: without(DIGITS), W: without(WORD), S: without(' ') },
  ...{ t: '\t', n: '\n', r: '\r' },
};

const oneOf = (characters: string): Part => {
  if (characters === '') throw new NotMadeUp();
  return { kind: 'one-of', characters };
};
const NOTHING: Part = { kind: 'sequence', parts: [] };

/** Reads from left to right, once. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#text.length) throw new NotMadeUp();
    return part;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'alternatives', parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#text.length && !')|'.includes(this.#peek())) parts.push(this.#quantified(this.#atom()));
    return { kind: 'sequence', parts };
  }

  #atom(): Part {
    if (this.#take('^') || this.#take('$')) return NOTHING;
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return oneOf(this.#set());
    if (this.#take('.')) return oneOf(PRINTABLE);
    return oneOf(this.#take('\\') ? this.#escape() : this.#next());
  }

  #group(): Part {
    if (this.#take('?') && !this.#take(':')) {
      if (!this.#take('<') || '=!'.includes(this.#peek())) throw new NotMadeUp();
      while (this.#next() !== '>');
    }
    const part = this.#alternatives();
    if (!this.#take(')')) throw new NotMadeUp();
    return part;
  }

  #set(): string {
    const isNot = this.#take('^');
    let characters = '';
    while (!this.#take(']')) {
      const from = this.#take('\\') ? this.#escape() : this.#next();
      if (this.#peek() !== '-' || this.#text[this.#at + 1] === ']') characters += from;
      else {
        this.#next();
        const to = this.#take('\\') ? this.#escape() : this.#next();
        characters += between(from, to);
      }
    }
    return isNot ? without(characters) : characters;
  }

  #escape(): string {
    const mark = this.#next();
    if (CLASSES[mark] !== undefined) return CLASSES[mark];
    if (/[A-Za-z0-9]/.test(mark)) throw new NotMadeUp();
    return mark;
  }

  #quantified(part: Part): Part {
    const [least, most] = this.#counts();
    this.#take('?');
    return least === 1 && most === 1 ? part : { kind: 'repeated', part, least, most };
  }

  #counts(): [number, number] {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at));
    if (found === null) return [1, 1];
    this.#at += found[0].length;
    const least = Number(found[1]);
    if (least > REPEATS_MAX) throw new NotMadeUp();
    if (found[2] === undefined) return [least, least];
    return [least, found[3] === '' ? Infinity : Number(found[3])];
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new NotMadeUp();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    const isThere = this.#peek() === character;
    if (isThere) this.#at += 1;
    return isThere;
  }
}

const REPEATS_MAX = 1_000;

function between(from: string, to: string): string {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  if (from.length !== 1 || to.length !== 1 || last < first || last - first > 0xff) throw new NotMadeUp();
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i)).join('');
}
