/** A page in Markdown (CommonMark with tables). What stands in it is text: no word of an author makes markup of itself. Pure. */
import type { Block, Cell, Page, Section } from './page.js';

export const markdownPage = ({ title, sub, notice, sections }: Page): string =>
  [
    `# ${escaped(title)}`,
    ...(sub === '' ? [] : [escaped(sub)]),
    ...(notice === null ? [] : [`> **${escaped(notice)}**`]),
    ...sections.map((section) => sectionText(section)),
  ].join('\n\n') + '\n';

export const sectionText = ({ heading, blocks }: Section): string =>
  [...(heading === '' ? [] : [`## ${escaped(heading)}`]), ...blocks.map(blockText)].join('\n\n');

function blockText(block: Block): string {
  switch (block.kind) {
    case 'words':
      return escaped(block.words);
    case 'list':
      return block.entries.map((entry) => `- ${escaped(entry)}`).join('\n');
    case 'table':
      return [
        row(block.heads.map(escaped)),
        row(block.heads.map(() => '---')),
        ...block.rows.map((cells) => row(cells.map(cellText))),
      ].join('\n');
    case 'code':
      return `${fence(block.code)}${block.language}\n${block.code}\n${fence(block.code)}`;
  }
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return escaped(cell);
  return 'code' in cell ? codeText(cell.code) : `[${escaped(cell.text)}](${cell.to}.md)`;
}

/** A name in code has no backtick in it; a bar would end the cell. */
export const codeText = (code: string): string => `\`${code.replaceAll('`', "'").replaceAll('|', '\\|')}\``;

/** Longer than every row of backticks in it. */
const fence = (code: string): string =>
  '`'.repeat(Math.max(3, ...(code.match(/`+/g) ?? []).map((ticks) => ticks.length + 1)));

/** On one line, with a backslash before all that Markdown or MDX would take for its own; MDX runs what begins as a module does. */
export const escaped = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>|#~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(im|ex)port\b/, (word) => `&#${word.charCodeAt(0)};${word.slice(1)}`);
