/** What the service on trial has done, so what Dragoman has to find; and whether it did. Pure. */

/** An event of the legacy system, of the service, or of both. */
export interface PairName {
  /** `OrderReleasedToWarehouse.v1`. */
  readonly contract: string;
  readonly order: string;
  /** As Dragoman has it. */
  readonly occurrence: string;
}

/** A class, of those that are `different` with the signature: `different:lines[].sku,totalAmount`. */
export type Found = string;

/** What is found of one pair, or of two together where nobody can say which of them it is. */
export interface Entry {
  readonly pairs: readonly PairName[];
  /** Of all of them together, sorted. */
  readonly found: readonly Found[];
  /** As figures have it. */
  readonly route: string;
}

/** By route, then by class. */
export type Figures = Readonly<Record<string, Readonly<Record<Found, number>>>>;

export const nameOf = ({ contract, order, occurrence }: PairName): string =>
  JSON.stringify([contract, order, occurrence]);

export class Ledger {
  readonly #entries = new Map<string, Entry>();

  /** What was noted of the same pair before counts no more. */
  note(entry: Entry): void {
    for (const pair of entry.pairs) this.#entries.set(nameOf(pair), entry);
  }

  get entries(): readonly Entry[] {
    return [...new Set(this.#entries.values())];
  }

  /** How many judgements it takes. */
  get judgements(): number {
    return this.entries.reduce((sum, { found }) => sum + found.length, 0);
  }

  entryOf(pair: PairName): Entry | undefined {
    return this.#entries.get(nameOf(pair));
  }

  figures(): Figures {
    const figures: Record<string, Record<Found, number>> = {};
    for (const { route, found } of this.entries) {
      const counts = (figures[route] ??= {});
      for (const each of found) counts[each] = (counts[each] ?? 0) + 1;
    }
    return figures;
  }

  /** By class alone. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const each of this.entries.flatMap(({ found }) => found)) {
      const [name = ''] = each.split(':');
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }
}

/** Whether a route may be moved by its figures. @param accepted what counts as right beside `equal`. @param least as the rules have it. */
export function isOpen(
  counts: Readonly<Record<Found, number>>,
  accepted: ReadonlySet<Found>,
  least: { readonly equal: number; readonly pairs: number },
): boolean {
  const all = Object.entries(counts);
  const sum = (of: readonly (readonly [Found, number])[]): number => of.reduce((total, [, count]) => total + count, 0);
  const right = sum(all.filter(([each]) => each === 'equal' || accepted.has(each)));
  return sum(all) >= least.pairs && right * 100 >= least.equal * sum(all);
}

export interface Judgement extends PairName {
  readonly found: Found;
}

export interface ParityFaults {
  /** Seeded, and not found, or found to be something else. */
  readonly missed: readonly string[];
  /** Found, and not seeded. */
  readonly false: readonly string[];
  readonly figures: readonly string[];
  /** Examples of what is not so, and classes of which examples are missing. */
  readonly examples: readonly string[];
}

export interface Said {
  /** Of the journal. */
  readonly judged: readonly Judgement[];
  readonly figures: Figures;
  readonly examples: readonly Judgement[];
  /** Of a class and a route, at most. */
  readonly examplesMax: number;
}

export function parityFaults(ledger: Ledger, { judged, figures, examples, examplesMax }: Said): ParityFaults {
  const found = new Map<Entry, Found[]>();
  const strange: string[] = [];
  for (const judgement of judged) {
    const entry = ledger.entryOf(judgement);
    if (entry === undefined) strange.push(textOf(judgement));
    else found.set(entry, [...(found.get(entry) ?? []), judgement.found]);
  }
  const missed = ledger.entries.flatMap((entry) => {
    const own = [...(found.get(entry) ?? [])].sort();
    if (own.join() === [...entry.found].sort().join()) return [];
    return [`${entry.pairs.map(nameOf).join(' and ')} should be ${entry.found.join(', ')}, and is ${own.join(', ')}`];
  });
  return {
    missed,
    false: strange,
    figures: figureFaults(ledger.figures(), figures),
    examples: exampleFaults(ledger, examples, examplesMax),
  };
}

function figureFaults(wanted: Figures, actual: Figures): string[] {
  const routes = [...new Set([...Object.keys(wanted), ...Object.keys(actual)])];
  return routes.flatMap((route) => {
    const [own, theirs] = [wanted[route] ?? {}, actual[route] ?? {}];
    return [...new Set([...Object.keys(own), ...Object.keys(theirs)])]
      .filter((each) => (own[each] ?? 0) !== (theirs[each] ?? 0))
      .map((each) => `${route}: ${each} should be ${own[each] ?? 0}, and is ${theirs[each] ?? 0}`);
  });
}

/** Of what is right there are none. */
const classOf = (found: Found): string => found.split(':')[0]!;

function exampleFaults(ledger: Ledger, examples: readonly Judgement[], max: number): string[] {
  const wrong = examples.filter((each) => ledger.entryOf(each)?.found.includes(each.found) !== true).map(textOf);
  const twice = examples.map(textOf).filter((text, i, all) => all.indexOf(text) !== i);
  const wanted: Record<string, number> = {};
  for (const { route, found } of ledger.entries)
    for (const each of found.map(classOf).filter((name) => name !== 'equal'))
      wanted[`${route} ${each}`] = (wanted[`${route} ${each}`] ?? 0) + 1;
  const shown: Record<string, number> = {};
  for (const each of examples) {
    const name = `${ledger.entryOf(each)?.route ?? ''} ${classOf(each.found)}`;
    shown[name] = (shown[name] ?? 0) + 1;
  }
  const few = Object.entries(wanted)
    .filter(([name, count]) => (shown[name] ?? 0) !== Math.min(count, max))
    .map(([name, count]) => `${name}: ${shown[name] ?? 0} examples of ${count}`);
  return [...wrong.map((text) => `not so: ${text}`), ...twice.map((text) => `twice: ${text}`), ...few];
}

const textOf = (judgement: Judgement): string => `${nameOf(judgement)} ${judgement.found}`;
