/** From what runs back to what the author wrote: places of declarations, and of words in them. */
import { readFileSync } from 'node:fs';
import type { SourceMap } from 'node:module';
import { join } from 'node:path';
import { isError } from '../../rules/error.js';
import type { Place } from './rules-problems.js';
import { FILENAME } from './rules-realm.js';

/** The place of a character of a file's text. */
export function placeOfText(file: string, text: string, index: number): Place {
  const before = text.slice(0, index).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const FRAME = new RegExp(`${FILENAME.replaceAll('.', '\\.')}:(\\d+):(\\d+)`);

/** Where in the rule files the innermost of their functions was, when the stack was taken; null when none was. */
export function placeOfStack(stack: string | undefined, sourceMap: SourceMap): Place | null {
  const [, line, column] = FRAME.exec(stack ?? '') ?? [];
  return line === undefined ? null : placeOfLine(sourceMap, Number(line), Number(column));
}

export const placeOfThrow = (error: unknown, sourceMap: SourceMap): Place | null =>
  placeOfStack(isError(error) ? error.stack : undefined, sourceMap);

/** @param line of the bundle, from 1, as is the column. */
export function placeOfLine(sourceMap: SourceMap, line: number, column: number): Place | null {
  const entry = sourceMap.findEntry(line - 1, column - 1);
  if (!('originalSource' in entry)) return null;
  return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** The word in the brackets that open at a place, as a name or in quotation marks; the place itself when it is not there. */
export function placeOfWord(root: string, place: Place, word: string): Place {
  const text = readFileSync(join(root, place.file), 'utf8');
  const start = indexOf(text, place);
  const declaration = text.slice(start, endOfBrackets(text, start));
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const forms = [
    `(?<![\\w$])["'\`]?${escaped}["'\`]?\\s*:`,
    `["'\`]${escaped}["'\`]`,
    `(?<![\\w$])${escaped}(?![\\w$])`,
  ];
  const found = forms.map((form) => declaration.search(new RegExp(form))).find((index) => index !== -1);
  return found === undefined ? place : placeOfText(place.file, text, start + found);
}

function indexOf(text: string, { line, column }: Place): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}

const CLOSING = /['"`]|\/[/*]|[([{]|[)\]}]/g;

/** Behind the bracket that closes the first one from here on; texts and comments count for nothing. */
function endOfBrackets(text: string, start: number): number {
  const next = new RegExp(CLOSING);
  next.lastIndex = start;
  let depth = 0;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    const [mark] = found;
    if (mark === '//' || mark === '/*') next.lastIndex = after(text, mark === '//' ? '\n' : '*/', next.lastIndex);
    else if ('\'"`'.includes(mark)) next.lastIndex = endOfQuote(text, mark, next.lastIndex);
    else depth += '([{'.includes(mark) ? 1 : -1;
    if (depth <= 0 && ')]}'.includes(mark)) return next.lastIndex;
  }
  return text.length;
}

function endOfQuote(text: string, quote: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}

function after(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at + end.length;
}
