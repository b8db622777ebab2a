/**
 * How rows say that the new service wrote them, and how long it has to tell of what it did: by the origin of their transaction, which an annotation or
 * columns tell (docs/annotations.md). Pure.
 */
import { type Said, SAID_NAMES, type SaidName } from '../../domain/source/said.js';
import { durationMs } from '../duration.js';

/** One text, or one of several. */
type OneOf = string | readonly string[];

/** By names of an origin what write-backs of the service have; where several are said, all of them hold. */
export interface EchoOptions extends Readonly<Partial<Record<SaidName, OneOf>>> {
  /** How long the service has to tell of a fact, by the source's commit times: `10 minutes`. */
  readonly within: string;
}

export interface CompiledEchoes {
  readonly withinMs: number;
  readonly signs: readonly (readonly [SaidName, readonly string[]])[];
}

/** They were checked. */
export const compiledEchoes = (echoes: EchoOptions | null): CompiledEchoes | null =>
  echoes && {
    withinMs: durationMs(echoes.within) ?? 0,
    signs: SAID_NAMES.flatMap((name) => {
      const values = echoes[name];
      return values === undefined ? [] : [[name, typeof values === 'string' ? [values] : values] as const];
    }),
  };

/** Its transaction says that the service wrote it. What is not known says nothing. */
export const isSigned = ({ signs }: CompiledEchoes, said: Said | undefined): boolean =>
  said !== undefined && signs.every(([name, values]) => values.includes(said[name] ?? ''));
