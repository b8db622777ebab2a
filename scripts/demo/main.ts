/**
 * `npm run demo`: a recording of a real connector through the embedded pipeline, or with `--real` everything on real servers.
 * The show and its summary go to stdout, words about the work behind it to stderr.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadRules, type LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { readRecording } from '../../src/adapters/files/recording.js';
import { errorText, EXIT, exitCodeOf } from '../../src/cli/exit.js';
import type { ExpectedEvent } from '../../legacy-db/oracle/expected-events.js';
import { compare } from './compare.js';
import { DEFAULT_SPEED, type Options, readOptions, USAGE, UsageError } from './options.js';
import { play } from './play.js';
import { openScreen, type Screen } from './screen.js';
import { Show } from './show.js';
import { countGroups, summaryText, waitingFor } from './summary.js';
import { migrationIntro, nextSteps, realIntro, recordingIntro } from './words.js';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const RECORDING = 'legacy-db/recordings/demo.ndjson';
const EXPECTED = 'legacy-db/recordings/demo.expected.ndjson';

export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === null) {
      process.stdout.write(`${USAGE}\n`);
      return EXIT.ok;
    }
    const screen = openScreen();
    if (options.isMigration) return await showMigration(options, screen);
    const rules = await loadRules(fromRoot('rules'));
    return options.isReal ? await showReal(options, screen, rules) : await showRecording(options, screen, rules);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}\n`);
      return EXIT.usage;
    }
    process.stderr.write(`${errorText(error)}\n`);
    return exitCodeOf(error);
  }
}

async function showRecording({ speed }: Options, screen: Screen, rules: LoadedRules): Promise<number> {
  const records = await readRecording(fromRoot(RECORDING));
  const show = new Show(screen, { rules: rules.rules, speed: Number.isFinite(speed) ? speed : DEFAULT_SPEED });
  screen.show(recordingIntro({ records, speed, tables: rules.rules.tables.size }, screen));
  show.begin();
  process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
  await play({ records, rules, speed, onDecision: (decision) => show.decided(decision) });
  show.end();
  const expected = (await readFile(fromRoot(EXPECTED), 'utf8')).split('\n').filter((line) => line !== '');
  return endOf(show, {
    screen,
    rules,
    records: records.length,
    expected: expected.map((line) => JSON.parse(line) as ExpectedEvent),
    isReal: false,
  });
}

const EXIT_INTERRUPTED = 130;

async function showReal(options: Options, screen: Screen, rules: LoadedRules): Promise<number> {
  const { runReal } = await import('./real.js'); // brings the clients of the servers; the recording needs none of them
  const show = new Show(screen, { rules: rules.rules, speed: 1 });
  screen.show(realIntro(options.orders, screen));
  const expected = await runReal({ ...options, rules: rules.rules, show, signal: interruption() });
  if (expected === null) return EXIT_INTERRUPTED;
  return endOf(show, { screen, rules, records: null, expected, isReal: true });
}

async function showMigration({ provider }: Options, screen: Screen): Promise<number> {
  const { runMigration } = await import('./migration.js'); // likewise
  screen.show(migrationIntro(screen));
  const isRight = await runMigration({ provider, screen, signal: interruption() });
  if (isRight === null) return EXIT_INTERRUPTED;
  return isRight ? EXIT.ok : EXIT.findings;
}

/** Ctrl-C: what was started is taken down first. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(EXIT_INTERRUPTED);
    process.stderr.write('\ntaking the servers down (once more Ctrl-C leaves at once) ...\n');
    interrupted.abort();
  });
  return interrupted.signal;
}

interface End {
  readonly screen: Screen;
  readonly rules: LoadedRules;
  readonly records: number | null;
  readonly expected: readonly ExpectedEvent[];
  readonly isReal: boolean;
}

function endOf(show: Show, { screen, rules, records, expected, isReal }: End): number {
  const published = show.decisions.flatMap(({ events }) => events.map(({ value }) => value));
  const comparison = compare(expected, published);
  const waiting = waitingFor(show.storyteller.states, rules.rules);
  const ending = { records, counts: countGroups(show.groups), waiting, comparison };
  screen.show([...summaryText(ending, screen.width, screen.paint), ...nextSteps(isReal, screen)]);
  return comparison.differences.length === 0 ? EXIT.ok : EXIT.findings;
}
