/** Pieces of a file: comments that end before the page does, objects on one line while they fit. As prettier would write them. Pure. */

export const WIDTH = 120;

/** One file of a proposal. */
export interface ProposedFile {
  /** Below the folder: `tables/ord-hdr.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Lines of words, each at most so long where they can be broken. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replace(/\s+/g, ' ').trim().split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

/** `// ...`; what comes from a database cannot end a comment of one line. */
export const comment = (text: string, indent: number): string[] =>
  wrapped(text, WIDTH - indent - 3).map((line) => `${' '.repeat(indent)}// ${line}`);

/** With its full stop. */
export const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** What only people know. */
export const question = (text: string, indent: number): string[] => comment(`? ${text}`, indent);

/** A comment at the top of a file. */
export const heading = (...paragraphs: readonly string[]): string[] => [
  '/**',
  ...paragraphs.flatMap((text) => wrapped(text.replaceAll('*/', '* /'), WIDTH - 3)).map((line) => ` * ${line}`),
  ' */',
];

/** `{ a: 1, b: 2 }`, over several lines where it would not fit. @param before what stands in front of it on its line. */
export function object(entries: readonly string[], { indent, before, after }: Around): string {
  const short = entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  if (indent + before.length + short.length + after.length <= WIDTH) return short;
  const inner = entries.map((entry) => `${' '.repeat(indent + 2)}${entry},`);
  return ['{', ...inner, `${' '.repeat(indent)}}`].join('\n');
}

export interface Around {
  readonly indent: number;
  readonly before: string;
  readonly after: string;
}

export const file = (path: string, lines: readonly string[]): ProposedFile => ({ path, text: `${lines.join('\n')}\n` });

/** Words of a database in Markdown, in a row of a table too: on one line, and neither a tag nor a link. */
export const cell = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`|<[]/g, '\\$&');

/** A name as code. */
export const marked = (name: string): string =>
  `\`${name.replace(/\s+/g, ' ').replaceAll('`', "'").replaceAll('|', '\\|')}\``;
