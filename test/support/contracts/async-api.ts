/** What the parser of AsyncAPI has against a document. */
import { Parser } from '@asyncapi/parser';

/** Worse than what is only advised. */
const WARNING = 1;

export async function asyncApiProblems(text: string): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(text);
  return diagnostics
    .filter(({ severity }) => (severity as number) <= WARNING)
    .map(({ message, path }) => `${path.join('.')}: ${message}`);
}
