/** `dragoman token`: makes a token for the HTTP surface. It is shown once; the tokens file keeps its digest only. */
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { DragomanError } from '../errors.js';
import { isRole, isTokenName, makeToken, readTokens } from '../server/tokens.js';
import { EXIT, print, say } from './exit.js';

export interface TokenOptions {
  readonly name: string;
  readonly tokens?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Digests: not secret, and read by the user that Dragoman runs as. */
const TOKENS_MODE = 0o644;
/** The token itself: for the owner and for a group such as the one of Prometheus. */
const TOKEN_MODE = 0o640;

export async function tokenCommand(role: string, { name, tokens, out, json }: TokenOptions): Promise<number> {
  if (!isRole(role))
    throw new DragomanError('COMMAND_INVALID', `There is no role "${role}": it is metrics, viewer or operator.`);
  if (!isTokenName(name))
    throw new DragomanError('COMMAND_INVALID', '--name is up to 64 letters, digits, dots, hyphens and underscores.');
  const { token, line } = makeToken(role, name);
  if (tokens !== undefined) writeWhole(tokens, withLine(tokens, name, line), TOKENS_MODE);
  if (out !== undefined) writeWhole(out, token, TOKEN_MODE);
  const shown = out === undefined ? { token, line } : { line };
  if (json === true) await print(JSON.stringify({ schema: 'dragoman.cli/token@1', ...shown }));
  else for (const [what, text] of Object.entries(shown)) await print(`${what}: ${text}`);
  if (out === undefined) say('The token is shown once, and kept nowhere.');
  if (tokens === undefined) say('Put the line into the file that http.tokensFile names.');
  return EXIT.ok;
}

/** The file with the line, in the place of the one with the same name. @throws DragomanError CONFIG_INVALID */
function withLine(file: string, name: string, line: string): string {
  const before = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
  const others = before.filter((other) => other.startsWith('#') || other.trim().split(/ +/)[1] !== name);
  const text = `${others.join('\n').trimEnd()}\n${line}\n`.trimStart();
  readTokens(file, text);
  return text;
}

/** A reader sees the old file or the new one, never half. */
function writeWhole(file: string, text: string, mode: number): void {
  const partial = `${file}.new`;
  try {
    writeFileSync(partial, text, { mode: 0o600 });
    chmodSync(partial, mode);
    renameSync(partial, file);
  } catch (cause) {
    throw new DragomanError('COMMAND_INVALID', `${file} cannot be written.`, { cause });
  }
}
