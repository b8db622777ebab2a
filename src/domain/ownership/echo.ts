/**
 * Echoes: changes of legacy rows that show what the new service has done. What a service tells itself is not told once more because it wrote it
 * back; and a change that only looks like that, or does not look like what it is, is a *near miss*, which is told and not guessed at
 * (docs/routes.md).
 */
export const ECHO_KINDS = {
  awaited: 'The service has not told of it yet, and has a while to do so.',
  suppressed: 'The service told of it, so it is not published again.',
  expired: 'It is the service’s to tell, and was not told in time. It stays owed.',
  unsigned: 'It is the service’s to tell, and its transaction does not say that the service wrote it.',
  'not-owned':
    'Its transaction says that the service wrote it, and nobody told of it. It is legacy’s: an operator decides.',
  'born-unmoved': 'bornIn says that it was made by a service, and no route was ever moved to one.',
  'born-in-legacy': 'The service told of it first, and bornIn says that it was made in legacy.',
} as const satisfies Record<string, string>;

export type EchoKind = keyof typeof ECHO_KINDS;

/** What became of one fact, or (`born-...`) of an aggregate, as far as it may be an echo. */
export interface EchoTold {
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly became: EchoKind;
  /** As the rules called it that decided. Absent: it is about the aggregate. */
  readonly fact?: string;
  readonly occurrence?: string;
  /** Where it is `awaited`: ISO-8601 in UTC, in the source's time. */
  readonly until?: string;
}

/** Behind the name of the fact, or of the contract. */
export const echoWords = ({ became, until }: Pick<EchoTold, 'became' | 'until'>): string =>
  became === 'awaited' ? `is the new service’s to tell, until ${until ?? ''}` : WORDS[became];

const WORDS: Readonly<Record<Exclude<EchoKind, 'awaited'>, string>> = {
  suppressed: 'was told by the new service, so it is not published again',
  expired: 'is the new service’s to tell, and was not told in time',
  unsigned: 'is the new service’s to tell, and its transaction does not say that the service wrote it (near miss)',
  'not-owned':
    'was written by the new service, is legacy’s, and nobody told of it (near miss); an operator decides (missed list)',
  'born-unmoved': 'is said to be born in a service, and no route was ever moved to one (near miss)',
  'born-in-legacy': 'began with an event of the new service, and is said to be born in legacy (near miss)',
};
