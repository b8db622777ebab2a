/** What makes a file of the core impure: it waits, it asks the machine, or it would give another answer the next time. */
import ts from 'typescript';
import { eachNode, type SourceFile } from './source-tree.js';

const GLOBALS = new Set([
  ...['process', 'console', 'performance', 'crypto', 'fetch', 'globalThis'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
]);
const PROPERTIES = new Set(['Date.now', 'Math.random']);

/** `src/a.ts:12: await`, for each place. */
export function impurities(file: SourceFile): readonly string[] {
  const found: string[] = [];
  eachNode(file.tree, (node) => {
    const what = impurity(node);
    if (what === null) return;
    const { line } = file.tree.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file.path}:${line + 1}: ${what}`);
  });
  const imports = file.imports.filter((name) => name.startsWith('node:') && !isHash(file, name));
  return [...found, ...imports.map((name) => `${file.path}: ${name}`)];
}

/** Of what Node.js brings, this only computes. */
const HASH = "import { hash } from 'node:crypto';";
const isHash = ({ text }: SourceFile, name: string): boolean => name === 'node:crypto' && text.includes(HASH);

function impurity(node: ts.Node): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async';
  if (ts.isAwaitExpression(node)) return 'await';
  if (ts.isPropertyAccessExpression(node) && PROPERTIES.has(node.getText())) return node.getText();
  if (isDateOfNow(node)) return 'the time of day';
  return ts.isIdentifier(node) && GLOBALS.has(node.text) && isReference(node) ? node.text : null;
}

/** `new Date()` and `Date()` ask the clock; `new Date(value)` converts. */
const isDateOfNow = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0) ||
  (ts.isCallExpression(node) && node.expression.getText() === 'Date');

/** A global that is used, not a name of a property or of a declaration that happens to be the same. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  const isName = 'name' in parent && parent.name === node;
  return !isName && !ts.isImportSpecifier(parent) && !ts.isPropertySignature(parent);
}
