/** What TypeScript says of files that stand nowhere. */
import ts from 'typescript';

/** @param sources by name, absolute. @returns what is wrong with them. */
export function typeErrors(sources: ReadonlyMap<string, string>): string[] {
  const options = { strict: true, noEmit: true, types: [], lib: ['lib.es5.d.ts'], exactOptionalPropertyTypes: true };
  const host = ts.createCompilerHost(options);
  const standing: ts.CompilerHost = {
    ...host,
    getSourceFile: (name, asked) => {
      const text = sources.get(name);
      return text === undefined ? host.getSourceFile(name, asked) : ts.createSourceFile(name, text, asked);
    },
  };
  const found = ts.getPreEmitDiagnostics(ts.createProgram([...sources.keys()], options, standing));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Types, and a value that is to be of one of them. */
export const typedValue = (types: string, type: string, value: unknown): string =>
  `${types}\nexport const value: ${type} = ${JSON.stringify(value)};\n`;
