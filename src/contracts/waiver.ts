/** What a contract may be forgiven, with a reason. Pure. */
import type { PublishedContract } from './published.js';

/** Of a code for the whole contract, or of `CODE path` for one place. */
export const waiverOf = (
  { waived }: Pick<PublishedContract, 'waived'>,
  { code, path }: { readonly code: string; readonly path: string },
): string | null => own(waived, `${code} ${path}`) ?? own(waived, code) ?? null;

const own = (all: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined;
