/** A page for people, whatever it is written in: headings, paragraphs, lists, tables and code. Words are text, never markup. Pure. */

export interface Page {
  readonly title: string;
  /** In small letters below the title. */
  readonly sub: string;
  /** What a reader must not miss; null: nothing. */
  readonly notice: string | null;
  readonly sections: readonly Section[];
}

export interface Section {
  /** Empty: it stands below the title. */
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'words'; readonly words: string }
  | { readonly kind: 'list'; readonly entries: readonly string[] }
  | { readonly kind: 'table'; readonly heads: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  /** @property language of the code: `json`. */
  | { readonly kind: 'code'; readonly language: string; readonly code: string };

/** Text, a name as it is written in code, or a link to another page, without the end of its file's name. */
export type Cell = string | { readonly code: string } | { readonly to: string; readonly text: string };

export const words = (text: string): Block => ({ kind: 'words', words: text });
export const list = (...entries: readonly string[]): Block => ({ kind: 'list', entries });
