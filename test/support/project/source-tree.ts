/** Reads the TypeScript files of a folder as syntax trees: what they import, what they export, and where they are impure. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

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
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => sourceOf(path, readFileSync(resolve(ROOT, path), 'utf8')));
}

/** Paths of all files below a folder, from the root of the project. */
export const filesBelow = (folder: string): readonly string[] =>
  walk(resolve(ROOT, folder)).map((file) => relative(ROOT, file).split(sep).join('/'));

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
export const importCycles = (files: readonly SourceFile[]): readonly string[] =>
  cycles(new Map(files.map(({ path, imports }) => [path, imports])));

/**
 * Folders that lie beside each other and need each other, as chains of imports do (`importCycles`). Files of the folder around them are not counted: what is on
 * top may use its rooms, and they may use it.
 */
export function roomCycles(files: readonly SourceFile[]): readonly string[] {
  const used = new Map<string, Set<string>>();
  for (const [from, to] of files.flatMap(({ path, imports }) =>
    imports.flatMap((target) => roomsApart(path, target)),
  )) {
    used.set(from, (used.get(from) ?? new Set()).add(to));
    if (!used.has(to)) used.set(to, new Set());
  }
  return cycles(used);
}

/** The two folders, side by side, in which the two files are; nothing when one of the files lies beside them. */
function roomsApart(path: string, other: string): readonly (readonly [string, string])[] {
  const [from, to] = [path.split('/'), other.split('/')];
  const at = from.findIndex((part, index) => part !== to[index]);
  const isFolder = at >= 0 && at < from.length - 1 && at < to.length - 1;
  return isFolder ? [[from.slice(0, at + 1).join('/'), to.slice(0, at + 1).join('/')]] : [];
}

function cycles(graph: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (node: string, trail: readonly string[]): void => {
    const at = trail.indexOf(node);
    if (at !== -1) found.push([...trail.slice(at), node].join(' -> '));
    if (at !== -1 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) if (graph.has(next)) follow(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) follow(node, []);
  return found;
}
