/** The refusal of rules that name things otherwise than those that decided before: what is gone, what means something else, the way out. Pure. */
import { DragomanError } from '../../errors.js';
import type { Kind, RuleName } from './known-names.js';

/** Names against what was known, of one kind. */
export interface Difference {
  readonly kind: Kind;
  /** Names that nobody vouched for. */
  readonly gone: readonly string[];
  readonly fresh: readonly RuleName[];
  readonly changed: readonly RuleName[];
}

export function renamed(wrong: readonly Difference[]): DragomanError {
  const gone = wrong.flatMap((each) => each.gone);
  const changed = wrong.flatMap((each) => each.changed);
  const texts = [...wrong.flatMap((each) => goneWords(each)), ...changed.map(changedWords)];
  const ways = [...(gone.length > 0 ? [wayOfGone(gone)] : []), ...(changed.length > 0 ? [wayOfChanged(changed)] : [])];
  return new DragomanError(
    'RULES_RENAMED',
    `The rules name things otherwise than those that decided before. ${texts.join('. ')}. What has been published is remembered under these ` +
      'names: under another one it would be published again, or a new occurrence would get the id of an old one, which consumers drop. ' +
      ways.join(' '),
    { details: { gone, changed: changed.map(({ called }) => called) } },
  );
}

const goneWords = ({ kind, gone, fresh }: Difference): string[] =>
  gone.length === 0
    ? []
    : [
        `${kind}s that are gone: ${gone.join(', ')}` +
          (fresh.length === 0 ? '' : `; that are new: ${fresh.map(({ called }) => called).join(', ')}`),
      ];

const changedWords = ({ kind, called }: RuleName): string => `${kind} ${called} means something else: ${MEANT[kind]}`;

const wayOfGone = (gone: readonly string[]): string =>
  `If something was renamed, say so where it is declared: formerly: ['${gone[0] ?? ''}']. If what is gone is gone for good, start once with ` +
  `\`dragoman run --accept-names ${gone.join(' ')}\`: what is remembered of it stays, and is not looked at any more.`;

const wayOfChanged = (changed: readonly RuleName[]): string =>
  `If what means something else is to do so, start once with \`dragoman run --accept-names ${changed.map(({ called }) => called).join(' ')}\`.`;

const MEANT: Readonly<Record<Kind, string>> = {
  aggregate: 'it was another aggregate',
  fact: 'its aggregate, its kind, its table, its edge, or whether it is repeatable, was another',
  contract: 'another fact was published under it',
  table: "its primary key, or the columns that name its rows' aggregate, were others",
};
