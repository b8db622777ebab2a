/** Where rules ask for an origin that nothing declares: it would never be known. Seen in their text, by the types. */
import type ts from 'typescript';
import { isSaidName, namesIn } from '../../../../domain/source/said.js';
import type { RuleSet } from '../../../../rules/rule-set.js';
import type { Finding } from '../finding.js';
import { fromHere } from '../source-rules.js';
import type { TypedRules } from '../types.js';

/** @param isRule false for tests and what only they use. */
export function undeclaredOrigins(
  { compiler, program, files }: Pick<TypedRules, 'compiler' | 'program' | 'files'>,
  { origins = [] }: Pick<RuleSet, 'origins'>,
  isRule: (file: ts.SourceFile) => boolean,
): Finding[] {
  const told = new Set<string>(origins.flatMap(({ says }) => namesIn(says)));
  const checker = program.getTypeChecker();
  const findings: Finding[] = [];
  const look = (node: ts.Node): void => {
    const asked = askedIn(compiler, checker, node);
    if (asked !== null && isSaidName(asked.text) && !told.has(asked.text)) findings.push(findingOf(asked));
    compiler.forEachChild(node, look);
  };
  for (const file of files) if (isRule(file)) look(file);
  return findings;
}

/** The name in `origin.useCase` and in `({ origin: { useCase } })`; null: the node asks for none. */
function askedIn(compiler: typeof ts, checker: ts.TypeChecker, node: ts.Node): ts.Identifier | null {
  if (compiler.isPropertyAccessExpression(node) && compiler.isIdentifier(node.name))
    return isOfOrigin(compiler, checker.getSymbolAtLocation(node.name)) ? node.name : null;
  if (!compiler.isBindingElement(node) || !compiler.isObjectBindingPattern(node.parent)) return null;
  const name = node.propertyName ?? node.name;
  if (!compiler.isIdentifier(name)) return null;
  return isOfOrigin(compiler, checker.getTypeAtLocation(node.parent).getProperty(name.text)) ? name : null;
}

/** Ours, whatever the rules call it. */
const isOfOrigin = (compiler: typeof ts, symbol: ts.Symbol | undefined): boolean =>
  symbol?.declarations?.some(
    ({ parent }) =>
      compiler.isInterfaceDeclaration(parent) &&
      parent.name.text === 'Origin' &&
      /rules\/origins\/origin\.(d\.)?ts$/.test(parent.getSourceFile().fileName),
  ) === true;

function findingOf(name: ts.Identifier): Finding {
  const file = name.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(name.getStart());
  return {
    ...{ kind: 'finding', code: 'ORIGIN_UNDECLARED', about: 'rules' },
    ...{ file: fromHere(file.fileName), line: line + 1, column: character + 1 },
    text: `origin.${name.text} is asked for, and no origin of the rule set tells it: it is null for ever`,
    fix: 'Say in origins of the rule set how the legacy side tells it: docs/annotations.md.',
  };
}
