/** As an author writes a name; others may hold the value of a row. */
export const AUTHORED_NAME = /^[A-Za-z_$][\w$]{0,39}$/;
const PARTS_SHOWN = 4;

/** `lines[0].price`. Names as an author writes them; others may hold the value of a row. */
export function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the whole';
  const shown = path.slice(0, PARTS_SHOWN).map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return typeof part === 'string' && AUTHORED_NAME.test(part) ? `.${part}` : '[...]';
  });
  return `${shown.join('').replace(/^\./, '')}${path.length > PARTS_SHOWN ? '...' : ''}`;
}
