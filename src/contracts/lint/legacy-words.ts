/** Names and codes of the legacy database that are on the wire: consumers would depend on what is to go. Pure. */
import type { PublishedContract } from '../published.js';
import { isMetadata } from '../../rules/contract.js';
import { fieldsOf } from '../../rules/contracts/field-schema.js';
import type { Json, JsonSchema } from '../../rules/contracts/json-schema.js';
import type { Ground, LegacyColumn, LintProblem } from './problem.js';

/** Metadata and key are not the author's to name. */
export function legacyProblems({ value, key }: PublishedContract, { columns }: Ground): LintProblem[] {
  const names = new Map(columns.filter(({ column }) => isLegacy(column)).map((each) => [plain(each.column), each]));
  return fieldsOf(value)
    .filter(({ path }) => !isMetadata(path) && path !== key)
    .flatMap((field) => [...named(field.path, names.get(plain(lastOf(field.path)))), ...coded(field, columns)]);
}

/** `sku` of `lines[].sku`. */
const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

const named = (path: string, column: LegacyColumn | undefined): LintProblem[] =>
  column === undefined
    ? []
    : [
        {
          code: 'LEGACY_NAME_ON_WIRE',
          path,
          text: `${path} is called as the column ${column.column} of ${column.table}`,
        },
      ];

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** What tables shorten, and nobody says. */
const SHORTENED = new Set(
  (
    'acc addr amt cat cnt cre ctry curr cust dat desc dsc dt err flg grp hdr ident itm lin ln loc nam nbr no num ord prc prod qty rec rel req ' +
    'rsn seq stat sts tot ts txn typ upd usr whs'
  ).split(' '),
);

/**
 * Whether a column is called as only databases call things. A word alone (`sku`, `currency`), and whole words joined (`order_id`), may as well be
 * the business's own.
 */
function isLegacy(column: string): boolean {
  const parts = column
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '');
  return parts.some(
    (part) => SHORTENED.has(part) || (part.length > 1 && !/[aeiouy0-9]/.test(part) && parts.length > 1),
  );
}

interface At {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** An enum of nothing but codes of one column, at least one of which means something else. */
function coded({ path, schema }: At, columns: readonly LegacyColumn[]): LintProblem[] {
  const values = valuesIn(schema).filter((value) => value !== null);
  if (values.length === 0) return [];
  const column = columns.find(({ codes }) => codes !== null && areCodes(values, codes));
  return column === undefined
    ? []
    : [
        {
          code: 'LEGACY_CODE_ON_WIRE',
          path,
          text: `${path} has the codes of the column ${column.column} of ${column.table}: ${values.map((value) => JSON.stringify(value)).join(', ')}`,
        },
      ];
}

function areCodes(values: readonly Json[], codes: NonNullable<LegacyColumn['codes']>): boolean {
  const texts = values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
  const meanings = Object.values(codes).map(String);
  return texts.every((text) => Object.hasOwn(codes, text)) && texts.some((text) => !meanings.includes(text));
}

/** Also those of the parts of a list; not of fields of an object, which are looked at by themselves. */
function valuesIn({ enum: values, const: only, anyOf = [], oneOf = [], items = [] }: JsonSchema): readonly Json[] {
  if (only !== undefined) return [only];
  return values ?? [...anyOf, ...oneOf, ...[items].flat()].flatMap(valuesIn);
}
