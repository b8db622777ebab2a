/** Where rules use the machine, or keep something: seen in their text, before anything runs. What is seen here throws, or is found, when they run. */
import type ts from 'typescript';
import { isPure } from '../../../../adapters/files/rules-realm.js';
import type { Finding } from '../finding.js';
import { fromHere } from '../source-rules.js';
import type { TypedRules } from '../types.js';

/** @param isRule false for tests and what only they use. */
export function impurities(
  { compiler, program, files }: Pick<TypedRules, 'compiler' | 'program' | 'files'>,
  isRule: (file: ts.SourceFile) => boolean,
): Finding[] {
  const look = new Look(compiler, program.getTypeChecker());
  for (const file of files) if (isRule(file)) look.at(file);
  return look.findings;
}

class Look {
  readonly findings: Finding[] = [];
  readonly #ts: typeof ts;
  readonly #checker: ts.TypeChecker;

  constructor(compiler: typeof ts, checker: ts.TypeChecker) {
    this.#ts = compiler;
    this.#checker = checker;
  }

  at(node: ts.Node): void {
    if (this.#ts.isTypeNode(node)) return;
    if (this.#ts.isIdentifier(node)) this.#global(node);
    if (node.kind === this.#ts.SyntaxKind.AsyncKeyword) this.#waiting(node);
    const kept = this.#changed(node);
    if (kept !== null) this.#state(node, kept);
    this.#ts.forEachChild(node, (child) => this.at(child));
  }

  #waiting(node: ts.Node): void {
    this.#add('finding', 'RULE_IMPURE', node, {
      text: 'async needs a Promise, which rules do not have: when this runs it throws, and its order is parked',
      fix: 'Take it out: rules are asked and answer at once, from the rows that they are given.',
    });
  }

  #global(node: ts.Identifier): void {
    const name = node.text;
    const { parent } = node;
    const isMember = this.#ts.isPropertyAccessExpression(parent) && parent.name === node;
    const isName = this.#ts.isPropertyAssignment(parent) && parent.name === node;
    if (isMember || isName || !this.#isGlobal(node)) return;
    const method = this.#ts.isPropertyAccessExpression(parent) ? `${name}.${parent.name.text}` : name;
    const used = [name, method].find((each) => !isPure(each));
    if (used === undefined) return;
    this.#add('finding', 'RULE_IMPURE', node, {
      text: `${used} depends on the machine or on the moment: when this runs it throws, and its order is parked`,
      fix: /^Date/.test(used)
        ? 'Take times from columns, or the commit time of the fact; compareTimes of dragoman/rules compares them.'
        : 'Take it out: rules know the rows that they are given, and nothing else.',
    });
  }

  /** Declared by the language or its surroundings, not by the rules. */
  #isGlobal(node: ts.Identifier): boolean {
    if (node.text === 'globalThis') return true;
    const symbol = this.#checker.getSymbolAtLocation(node);
    if (symbol === undefined) return node.text in globalThis; // without types of Node nothing says what it is
    const { declarations = [] } = symbol;
    return declarations.length > 0 && declarations.every((one) => isAmbient(this.#ts, one));
  }

  #state(node: ts.Node, { name, declaration }: { readonly name: string; readonly declaration: ts.Node }): void {
    const place = declaration.getSourceFile().getLineAndCharacterOfPosition(declaration.getStart());
    const at = `${fromHere(declaration.getSourceFile().fileName)}:${place.line + 1}`;
    const isAsked = this.#isAsked(node);
    this.#add(isAsked ? 'finding' : 'note', 'RULE_REMEMBERS', node, {
      text:
        `${name} (${at}) is kept from one question to the next, and changed here: after a restart, or in another process, the same rows would ` +
        'give another event',
      fix: isAsked
        ? 'Take it out: what an event says has to come from the rows.'
        : 'Good, if this runs only while rules load. Else take it out: what an event says has to come from the rows.',
    });
  }

  /** What a module keeps, if this changes it inside of a function. */
  #changed(node: ts.Node): { readonly name: string; readonly declaration: ts.Node } | null {
    const target = this.#target(node);
    if (target === null || !this.#isInFunction(node)) return null;
    let root: ts.Node = target;
    while (this.#ts.isPropertyAccessExpression(root) || this.#ts.isElementAccessExpression(root))
      root = root.expression;
    if (!this.#ts.isIdentifier(root)) return null;
    const declaration = this.#checker.getSymbolAtLocation(root)?.valueDeclaration;
    if (declaration === undefined || !this.#ts.isVariableDeclaration(declaration)) return null;
    const isOfModule = this.#ts.isSourceFile(declaration.parent.parent.parent);
    return isOfModule && !declaration.getSourceFile().isDeclarationFile ? { name: root.text, declaration } : null;
  }

  #target(node: ts.Node): ts.Expression | null {
    if (this.#ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      const { FirstAssignment, LastAssignment } = this.#ts.SyntaxKind;
      return kind >= FirstAssignment && kind <= LastAssignment ? node.left : null;
    }
    if (this.#ts.isPrefixUnaryExpression(node) || this.#ts.isPostfixUnaryExpression(node)) {
      const { PlusPlusToken, MinusMinusToken } = this.#ts.SyntaxKind;
      return [PlusPlusToken, MinusMinusToken].includes(node.operator) ? node.operand : null;
    }
    const isCall = this.#ts.isCallExpression(node) && this.#ts.isPropertyAccessExpression(node.expression);
    return isCall && CHANGING.has(node.expression.name.text) ? node.expression.expression : null;
  }

  #isInFunction(node: ts.Node): boolean {
    for (let at = node.parent as ts.Node | undefined; at !== undefined; at = at.parent as ts.Node | undefined)
      if (this.#ts.isFunctionLike(at)) return true;
    return false;
  }

  /** Inside of a function that is asked about rows: of `data`, `when`, `context`, `occurredAt`, or what maps a publication. */
  #isAsked(node: ts.Node): boolean {
    for (let at = node.parent as ts.Node | undefined; at !== undefined; at = at.parent as ts.Node | undefined) {
      if (this.#ts.isPropertyAssignment(at) && ASKED.has(at.name.getText())) return true;
      if (this.#ts.isCallExpression(at) && /\.as$/.test(at.expression.getText())) return true;
    }
    return false;
  }

  #add(kind: Finding['kind'], code: string, node: ts.Node, words: Pick<Finding, 'text' | 'fix'>): void {
    const file = node.getSourceFile();
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart());
    const place = { file: fromHere(file.fileName), line: line + 1, column: character + 1 };
    this.findings.push({ kind, code, ...place, about: 'rules', ...words });
  }
}

const ASKED = new Set(['data', 'when', 'context', 'occurredAt']);
const CHANGING = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear'],
]);

/** Not inside of a module: what a module exports has to be imported first. */
function isAmbient(compiler: typeof ts, declaration: ts.Node): boolean {
  if (!declaration.getSourceFile().isDeclarationFile) return false;
  for (let at = declaration.parent as ts.Node | undefined; at !== undefined; at = at.parent as ts.Node | undefined) {
    if (compiler.isModuleDeclaration(at)) return (at.flags & compiler.NodeFlags.GlobalAugmentation) !== 0;
    if (compiler.isSourceFile(at)) return !compiler.isExternalModule(at);
  }
  return false;
}
