/** The numbers that the events of an aggregate have to have: 1, 2, 3 ... among those of one contract and major version (G2). */
export interface Numbered {
  readonly type: unknown;
  readonly version: unknown;
}

/** @param events of one aggregate, in their order. */
export function numbersOf(events: readonly Numbered[]): number[] {
  const counts = new Map<string, number>();
  return events.map(({ type, version }) => {
    const contract = `${String(type)} v${String(version)}`;
    const number = (counts.get(contract) ?? 0) + 1;
    counts.set(contract, number);
    return number;
  });
}

/** The same of published values. */
export const numbersOfValues = (values: readonly Readonly<Record<string, unknown>>[]): number[] =>
  numbersOf(values.map(({ eventType, schemaVersion }) => ({ type: eventType, version: schemaVersion })));
