/** The terminal: its width, its colours, and lines on stdout. */
import pc from 'picocolors';
import { WIDTH_MAX, WIDTH_MIN } from './block.js';
import type { Paint, Role } from './lines.js';

export interface Screen {
  readonly width: number;
  readonly paint: Paint;
  readonly show: (lines: readonly string[]) => void;
}

/** Width of a file or a pipe. */
const WIDTH_ELSEWHERE = 120;

export function openScreen(): Screen {
  const { stdout, env } = process;
  // The reader of a pipe may have enough (`npm run demo | head`).
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '' && env['FORCE_COLOR'] !== '0';
  const { bold, cyan, dim, green, magenta, red, yellow } = pc.createColors(
    pc.isColorSupported && (stdout.isTTY || forced),
  );
  const paints: Readonly<Record<Role, (text: string) => string>> = {
    insert: green,
    update: yellow,
    delete: red,
    move: yellow,
    quiet: dim,
    event: (text) => bold(cyan(text)),
    field: (text) => text,
    why: magenta,
    title: bold,
    good: (text) => bold(green(text)),
    bad: (text) => bold(red(text)),
    plain: (text) => text,
  };
  const columns = stdout.isTTY ? stdout.columns : Number(env['COLUMNS'] ?? WIDTH_ELSEWHERE);
  return {
    width: Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, columns || WIDTH_ELSEWHERE)),
    paint: (role, text) => paints[role](text),
    show: (lines) => void stdout.write(lines.map((line) => `${line}\n`).join('')),
  };
}

/** Words about what goes on; they are not part of the show. */
export const say = (text: string): void => void process.stderr.write(`${pc.dim(text)}\n`);
