/** Reads the TypeScript files of a folder as syntax trees: what they import, what they export, and where they are impure. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage', '.cache', '.git']);

export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly text: string;
  /** Relative imports as paths from the root, `.ts`; packages as they are written. Type imports and dynamic ones included. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly tree: ts.SourceFile;
}

/** Every `.ts` file below a folder, in order of path. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return walk(resolve(ROOT, folder))
    .filter((path) => path.endsWith('.ts'))
    .map((file) => sourceOf(relative(ROOT, file).split(sep).join('/'), readFileSync(file, 'utf8')));
}

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = resolve(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : walk(path);
    return [path];
  });
}

/** One file from its text; the path need not exist. */
export function sourceOf(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const lines = text.split('\n').length - 1;
  return { path, lines, text, imports: importsOf(tree, path), exports: exportsOf(tree), tree };
}

/** Calls `visit` for every node. */
export function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => eachNode(child, visit));
}

function importsOf(tree: ts.SourceFile, path: string): string[] {
  const found: string[] = [];
  eachNode(tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push(target(specifier, path));
  });
  return found;
}

function specifierOf(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  }
  const [first] =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments : [];
  if (first !== undefined && ts.isStringLiteral(first)) return first.text;
  const isType = ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument);
  return isType && ts.isStringLiteral(node.argument.literal) ? node.argument.literal.text : undefined;
}

const target = (specifier: string, path: string): string =>
  specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : specifier;

function exportsOf(tree: ts.SourceFile): string[] {
  return tree.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      return ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map(({ name }) => name.text)
        : [];
    }
    if (!isExported(statement)) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
    }
    const { name } = statement as ts.DeclarationStatement;
    return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
  });
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Chains of imports that come back to where they began, one for each file that closes one. */
export function importCycles(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const follow = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) cycles.push([...trail.slice(at), path].join(' -> '));
    if (at !== -1 || done.has(path)) return;
    for (const next of byPath.get(path)?.imports ?? []) if (byPath.has(next)) follow(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) follow(path, []);
  return cycles;
}
