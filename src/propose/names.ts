/** Names of a database -> names in TypeScript, of files, and of what rules declare. Any text comes in; each name goes out once. Pure. */
import { lineJson } from '../domain/json-text.js';

/** Words of the language, and what the files of a proposal import or call things. */
const TAKEN: ReadonlySet<string> = new Set([
  ...[
    'break',
    'case',
    'catch',
    'class',
    'const',
    'continue',
    'debugger',
    'default',
    'delete',
    'do',
    'else',
    'enum',
    'export',
    'extends',
  ],
  ...[
    'false',
    'finally',
    'for',
    'function',
    'if',
    'import',
    'in',
    'instanceof',
    'new',
    'null',
    'return',
    'super',
    'switch',
    'this',
  ],
  ...[
    'throw',
    'true',
    'try',
    'typeof',
    'var',
    'void',
    'while',
    'with',
    'as',
    'implements',
    'interface',
    'let',
    'package',
    'private',
  ],
  ...[
    'protected',
    'public',
    'static',
    'yield',
    'any',
    'boolean',
    'number',
    'string',
    'symbol',
    'type',
    'await',
    'async',
    'undefined',
  ],
  ...[
    'arguments',
    'eval',
    'constructor',
    'prototype',
    'NaN',
    'Infinity',
    'globalThis',
    'Date',
    'Math',
    'process',
    'fetch',
    'Object',
  ],
  ...[
    'legacy',
    'table',
    'aggregate',
    'one',
    'many',
    'via',
    'lookup',
    'known',
    'contract',
    'publish',
    'publications',
    'ruleSet',
    'rules',
  ],
  ...['given', 'it', 'expect', 'z', 'row', 'view', 't', 'data'],
]);

/** `ORD_HDR`, `OrderHeader`, `order header`, `kunden-größe` -> words in lower case, of ASCII letters and digits. */
export const wordsOf = (name: string): string[] =>
  name
    .normalize('NFKD')
    .replace(/ß/g, 'ss')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const upper = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `ordHdr`; `t` before what would begin with a digit, or has no letter that can stand in a name. */
export function camel(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  const name = first + rest.map(upper).join('');
  return /^[a-z]/.test(name) ? name : `t${upper(name)}`;
}

/** `OrdHdr`. */
export const pascal = (words: readonly string[]): string => upper(camel(words));

/** `ord-hdr`. */
export const kebab = (words: readonly string[]): string => (words.length === 0 ? 't' : words.join('-'));

/** Gives each name once: the next ones get a number. */
export class Names {
  readonly #given = new Set<string>();
  readonly #taken: ReadonlySet<string>;

  /** @param taken never given; by default what cannot be the name of a variable of a proposal. */
  constructor(taken: ReadonlySet<string> = TAKEN) {
    this.#taken = taken;
  }

  /** The first of these that is free and no word of the language; else the first with a number. */
  of(...wanted: readonly string[]): string {
    const free = wanted.find((name) => !this.#given.has(name) && !this.#taken.has(name));
    const [first = 't'] = wanted;
    let name = free ?? `${first}2`;
    for (let i = 3; this.#given.has(name) || this.#taken.has(name); i += 1) name = `${first}${i}`;
    this.#given.add(name);
    return name;
  }
}

/** A file on a disk that does not tell capitals apart. Of these, some systems open a device. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d|index)$/;
export const fileName = (name: string): string => (DEVICES.test(name) ? `${name}-table` : name);

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A text as TypeScript has it, on one line, so that it may stand in a comment. */
export const quoted = (text: string): string => {
  const json = lineJson(text).slice(1, -1).replaceAll('\\"', '"');
  return json.includes("'") && !json.includes('"') ? `"${json}"` : `'${json.replaceAll("'", "\\'")}'`;
};

/** `sts_cd`, `'odd name'`: in an object. One name would be the object's prototype there. */
export const property = (name: string): string => {
  if (name === '__proto__') return `['__proto__']`;
  return IDENTIFIER.test(name) ? name : quoted(name);
};

/** `row.sts_cd`, `row['odd name']`. */
export const member = (of: string, name: string): string =>
  IDENTIFIER.test(name) ? `${of}.${name}` : `${of}[${quoted(name)}]`;

/** The columns of a key as a function of the row: `(row) => row.ord_no`, `(row) => [row.o_w_id, row.o_d_id]`. */
export function keyRow(columns: readonly string[]): string {
  const parts = columns.map((column) => member('row', column));
  return `(row) => ${parts.length === 1 ? (parts[0] ?? '') : `[${parts.join(', ')}]`}`;
}
