/** Lines of the show: what they say, what they mean, and how they fit on a terminal. Pure; colours come in as functions. */

/** What a line is about; the terminal gives each a colour, and its words say the same without one. */
export type Role =
  'insert' | 'update' | 'delete' | 'move' | 'quiet' | 'event' | 'field' | 'why' | 'title' | 'good' | 'bad' | 'plain';

export interface Line {
  readonly role: Role;
  readonly text: string;
}

export type Paint = (role: Role, text: string) => string;

/** For tests, files and NO_COLOR. */
export const noPaint: Paint = (_, text) => text;

const HANGING = '  ';

/** Breaks at spaces; what follows the first line hangs. A word longer than the line is left whole. */
export function wrap({ role, text }: Line, widthMax: number): Line[] {
  const lines: string[] = [];
  const start = /^ */.exec(text)?.[0] ?? '';
  let line = '';
  for (const word of text.trim().split(' ')) {
    const longer = line === '' ? `${start}${word}` : `${line} ${word}`;
    if (longer.length > widthMax && line !== '') {
      lines.push(line);
      line = `${start}${HANGING}${word}`;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((wrapped) => ({ role, text: wrapped }));
}

export const wrapAll = (lines: readonly Line[], widthMax: number): Line[] =>
  lines.flatMap((line) => wrap(line, widthMax));

/** `1 row change`, `4 row changes`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
