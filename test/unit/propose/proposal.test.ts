/** Whatever a database calls things and has in them: a proposal is files that TypeScript reads, where nothing of it acts, and nobody is named. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type CatalogueTable, observedTables, type SampledRow } from '../../../src/observed/catalogue.js';
import { proposedFolder } from '../../../src/propose/folder.js';
import { proposalOf } from '../../../src/propose/proposal.js';

const VERSIONS = { dragoman: '*', zod: '*', typescript: '*', vitest: '*' };

function proposed(given: readonly { readonly table: CatalogueTable; readonly rows: readonly SampledRow[] }[]) {
  const schema = { origin: 'test', tables: observedTables(given), references: [] };
  return proposedFolder(proposalOf(schema), 'rules', VERSIONS);
}

const ACT = 'globalThis.acted = 1';
/** Each ends some text of some language. */
const ENDS = ["'", '"', '`', '*/', '${1}', '\u2028', '\u2029', '\n', '\\', '-->', '</script>', '`}', '|'];
const NASTY = ENDS.map((end) => `${end};${ACT};//${end}`);

const column = (name: string, codes: readonly string[] | null = null) => ({
  ...{ name, sqlType: 'int', isNullable: false, isGenerated: false, comment: `of ${name}` },
  type:
    codes === null
      ? ({ kind: 'integer' } as const)
      : ({ kind: 'code', codes: Object.fromEntries(codes.map((code) => [code, code])) } as const),
});

const nasty = (name: string, key: readonly string[]): CatalogueTable => ({
  ...{ name, key, keyFrom: null, rowsAbout: null, comment: NASTY.join(' ') },
  columns: [
    column('id'),
    ...NASTY.map((text) => column(text, NASTY)),
    { ...column(`${NASTY[5] ?? ''} generated`, NASTY), isGenerated: true },
  ],
});

/** Kinds of its statements. */
function statements(path: string, text: string): ts.SyntaxKind[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  expect([path, diagnostics.map(({ messageText }) => messageText)]).toEqual([path, []]);
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022).statements.map(({ kind }) => kind);
}

const DECLARES = new Set([
  ts.SyntaxKind.ImportDeclaration,
  ts.SyntaxKind.VariableStatement,
  ts.SyntaxKind.ExportAssignment,
  ts.SyntaxKind.ExportDeclaration,
]);

describe('what a database has in it', () => {
  it('stays text, in names, codes and comments, of tables that are declared and of those that are not', () => {
    const files = proposed(
      [nasty('s.orders', ['id']), nasty('s.keyless', []), nasty(`s.${NASTY[5] ?? ''}`, ['id'])].map((table) => ({
        ...{ table, rows: [] },
      })),
    );
    const scripts = files.filter(({ path }) => path.endsWith('.ts'));
    expect(scripts.length).toBeGreaterThan(6);
    for (const { path, text } of scripts.filter((file) => !file.path.endsWith('.test.ts')))
      expect([path, statements(path, text).filter((kind) => !DECLARES.has(kind))]).toEqual([path, []]);
    const keyless = scripts.find(({ path }) => path === 'tables/keyless.ts')?.text ?? '';
    expect(statements('tables/keyless.ts', keyless)).toEqual([ts.SyntaxKind.ExportDeclaration]);
    for (const { path, text } of files) expect([path, /[\u2028\u2029]/.test(text)]).toEqual([path, false]);
    expect(files.map(({ path }) => path).filter((path) => !/^[\w./-]+$/.test(path) || path.includes('..'))).toEqual([]);
  });
});

describe('values of columns', () => {
  const texts = ['chg_usr', 'approved_by', 'cust_name', 'nm', 'colour', 'ctry', 'sts'];
  const table: CatalogueTable = {
    ...{ name: 's.customers', key: ['id'], keyFrom: null, rowsAbout: null, comment: null },
    columns: [
      { ...column('id') },
      ...texts.map((name) => ({ ...column(name), sqlType: 'text', type: { kind: 'text', trim: false } as const })),
    ],
  };
  const rows = Array.from({ length: 30 }, (_, i) => [
    String(i),
    ...texts.map((name) => `${name}-${String.fromCharCode(97 + (i % 3))}`),
  ]);
  const all = proposed([{ table, rows }])
    .map(({ text }) => text)
    .join('\n');

  it('are shown where they are codes, or things of the business by their names', () => {
    expect(all).toContain('3 values in 30 rows: ctry-a (10), ctry-b (10), ctry-c (10)');
    expect(all).toContain("sts: legacy.code({ 'sts-a': 'sts-a'");
  });

  it.each(['chg_usr', 'approved_by', 'cust_name', 'nm', 'colour'])('are not shown of %s', (name) => {
    expect(all).toContain(`    ${name}: legacy.text()`);
    expect(all).not.toContain(`${name}-a`);
  });

  it('and the name of a customer is personal, that of a product is not', () => {
    expect(all).toContain('nm: legacy.text().personal(),');
    expect(all).toContain('cust_name: legacy.text().personal(),');
    const products = proposed([{ table: { ...table, name: 's.products' }, rows }]);
    expect(products.find(({ path }) => path === 'tables/products.ts')?.text).toContain('    nm: legacy.text(),');
  });
});
