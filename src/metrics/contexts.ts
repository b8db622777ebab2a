/** Where aggregates belong (`context` of the rules), as a label: its names are the author's, and its values anybody's, so there is a bound. */
import type { Decision } from '../domain/state/journal-entry.js';

/** Different contexts of one task that are told apart; further ones are `other`. */
export const CONTEXTS_MAX = 100;
/** Of one context, as a label; a longer one is `other`. */
export const CONTEXT_CHARS_MAX = 100;
const OTHER = 'other';

export class Contexts {
  readonly #known = new Set<string>();

  /** `market=DE,channel=web`; empty: it has none, or nobody asked. */
  label(context: Decision['context']): string {
    if (context === undefined) return '';
    let text = '';
    for (const name of Object.keys(context)) text += `${text === '' ? '' : ','}${name}=${context[name] ?? ''}`;
    if (text === '' || this.#known.has(text)) return text;
    if (text.length > CONTEXT_CHARS_MAX || this.#known.size >= CONTEXTS_MAX) return OTHER;
    this.#known.add(text);
    return text;
  }
}
