/** What Dragoman has judged, as its journal says in what was committed. */
import type { Kafka } from 'kafkajs';
import { follow } from '../follow.js';
import { type Judgement, nameOf, type PairName } from './ledger.js';

interface Entry {
  readonly id: string;
  readonly parity?: readonly Judged[];
}

/** As journal and examples have it. */
export interface Judged {
  readonly contract: string;
  readonly occurrence: string;
  readonly class: string;
  readonly differences: readonly { readonly path: string }[];
}

export const judgementOf = (order: string, { contract, occurrence, differences, ...judged }: Judged): Judgement => ({
  ...{ contract, order, occurrence },
  found: judged.class === 'different' ? `different:${signatureOf(differences)}` : judged.class,
});

/** Without places in lists. */
const signatureOf = (differences: Judged['differences']): string =>
  [...new Set(differences.map(({ path }) => path.replace(/\[\d+\]/g, '[]')))].sort().join(',');

export class Judgements {
  readonly all: Judgement[] = [];
  readonly #missed = new Set<string>();
  #end: () => Promise<void> = () => Promise.resolve();

  static async follow(kafka: Kafka, topic: string, groupId: string): Promise<Judgements> {
    const judgements = new Judgements();
    judgements.#end = await follow({
      ...{ kafka, topic, groupId, isolation: 'read_committed', maxWaitMs: 200 },
      see: ({ value }) => judgements.#see(JSON.parse(value?.toString() ?? '{}') as Entry),
    });
    return judgements;
  }

  /** The legacy system has told it, and the service had not when the time was over. */
  isMissed(pair: PairName): boolean {
    return this.#missed.has(nameOf(pair));
  }

  close(): Promise<void> {
    return this.#end();
  }

  #see({ id, parity = [] }: Entry): void {
    for (const judged of parity) {
      const judgement = judgementOf(id, judged);
      this.all.push(judgement);
      if (judgement.found === 'onlyLegacy') this.#missed.add(nameOf(judgement));
    }
  }
}
