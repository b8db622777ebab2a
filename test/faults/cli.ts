/** `npm run faults`: real servers under fire. The table goes to stdout, words to stderr. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { endOnInterrupt, EXIT, runMain, sayAs, wholeNumber } from '../e2e/command-line.js';
import { Ground } from '../e2e/ground.js';
import { CLASSES, errorCount } from './check.js';
import { NEMESES, NEMESIS_NAMES } from './nemeses.js';
import { PAIR_NAMES } from './pairs.js';
import { asJson, cases, report, withLastRun } from './report.js';
import { runFaults, type FaultsResult } from './run.js';
import { STACK } from './stack.js';
import type { StrikeName } from './strike.js';

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly rate: number;
  readonly connections: number;
  readonly nemesis: readonly StrikeName[];
  readonly list?: boolean;
  readonly json?: string;
  readonly report?: string;
}

const say = sayAs('faults');
const CASES_SHOWN_MAX = 10;
const ALL: readonly StrikeName[] = [...NEMESIS_NAMES, ...PAIR_NAMES];

const program = new Command('faults')
  .description('Kills, cuts, fills and confuses every part of a running deployment, and checks every event afterwards.')
  .option('--minutes <n>', 'strikes begin until so many minutes are over', wholeNumber, 30)
  .option('--seed <n>', 'decides the order of the nemeses and everything that they choose', wholeNumber, 1)
  .option(
    '--nemesis <list>',
    'some of those that --list shows, and pairs of them at once, a,b,c+d,...; default: all that it shows',
    nemeses,
    ALL,
  )
  .option('--rate <rows>', 'row changes per second in the legacy database', wholeNumber, 120)
  .option('--connections <n>', 'connections that write to the legacy database', wholeNumber, 6)
  .option('--list', 'shows every nemesis and every class of error, and does nothing')
  .option('--json <file>', 'writes the result as JSON too')
  .option('--report <file>', 'writes the result between the markers of this page too')
  .addHelpText('after', '\nExit codes: 0 no error, 1 internal, 2 usage, 3 errors, 130 interrupted.')
  .exitOverride();

async function main(flags: Flags): Promise<number> {
  if (flags.list === true) {
    process.stdout.write(list());
    return EXIT.ok;
  }
  const ground = new Ground('native', say);
  endOnInterrupt(ground, say);
  let result: FaultsResult | undefined;
  await ground.use(STACK, async (tools) => {
    const options = { ...flags, nemeses: flags.nemesis, strikesMs: flags.minutes * 60_000 };
    const found = (result = await runFaults(options, tools));
    const { findings, verdict, counts } = found;
    return { counts, right: errorCount(findings) === 0, verdict, details: findings };
  });
  if (result === undefined) return EXIT.internal;
  process.stdout.write(`${report(result)}\n`);
  if (flags.json !== undefined) await writeFile(flags.json, asJson(result));
  if (flags.report !== undefined) {
    await writeFile(flags.report, withLastRun(await readFile(flags.report, 'utf8'), result));
  }
  if (errorCount(result.findings) === 0) return EXIT.ok;
  say(pc.red(cases(result, CASES_SHOWN_MAX)));
  return EXIT.differences;
}

function list(): string {
  const lines = [
    ...Object.entries(NEMESES).map(([name, { does }]) => [name, does]),
    ['', ''],
    ...PAIR_NAMES.map((name) => [name, 'the second strikes while the first one is under way']),
    ['', ''],
    ...Object.entries(CLASSES),
  ];
  const width = Math.max(...lines.map(([name = '']) => name.length));
  return lines.map(([name = '', words = '']) => `${name.padEnd(width)}  ${words}`.trimEnd() + '\n').join('');
}

function nemeses(text: string): readonly StrikeName[] {
  return text.split(',').map((name) => {
    const known = ALL.find((other) => other === name);
    if (known === undefined) throw new InvalidArgumentError(`There is no nemesis or pair ${name}; --list shows all.`);
    return known;
  });
}

await runMain(() => {
  program.parse();
  return main(program.opts<Flags>());
}, say);
