/** A database that goes away while it is read. */
import { describe, expect, it } from 'vitest';
import { unreadable } from '../../../../src/adapters/databases/database.js';
import { isPassing, openLasting } from '../../../../src/adapters/databases/rows/lasting.js';
import type { DatabaseRows } from '../../../../src/reconcile/source/ports.js';

const url = new URL('postgres://reader@db.example.com:5432/oms');
const error = (code: string): Error => Object.assign(new Error(`it said ${code}`), { code });

/** Each is opened once: answers with its number, or throws. */
function opening(...each: readonly (number | Error)[]) {
  const opened: number[] = [];
  const ended: number[] = [];
  const open = (): Promise<DatabaseRows> => {
    const number = opened.push(opened.length);
    const is = each[number - 1] ?? number;
    const count = (): Promise<number> =>
      is instanceof Error ? Promise.reject(unreadable(url, is)) : Promise.resolve(is);
    const rows = { origin: `number ${number}`, count, end: () => Promise.resolve(ended.push(number)) };
    return Promise.resolve(rows as unknown as DatabaseRows);
  };
  return { open, opened, ended };
}

describe('rows of a database', () => {
  it('are asked for again, over another connection, when the first was taken away', async () => {
    const { open, opened, ended } = opening(error('57P01'), 2);
    const away: string[] = [];
    const rows = await openLasting({ open, onAway: ({ message }) => away.push(message) });
    expect(await Promise.all([rows.count('a'), rows.count('b')])).toEqual([2, 2]);
    expect([opened.length, ended, away.length]).toEqual([2, [1, 1], 2]);
    expect(away[0]).not.toContain('reader');
    await rows.end();
    expect(ended).toEqual([1, 1, 2]);
  });

  it('are asked for no longer than a while', async () => {
    const { open, opened } = opening(error('ECONNREFUSED'), error('ECONNREFUSED'));
    const rows = await openLasting({ open, awayMsMax: 0, onAway: () => undefined });
    await expect(rows.count('a')).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE' });
    expect(opened.length).toBe(1);
  });

  it('that are refused are asked for once', async () => {
    const { open, opened } = opening(error('42501'));
    const rows = await openLasting({ open, onAway: () => undefined });
    await expect(rows.count('a')).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE' });
    expect(opened.length).toBe(1);
  });
});

describe('what passes', () => {
  it.each([
    '57P01',
    '57P03',
    '53300',
    '08006',
    '40001',
    'ECONNRESET',
    'PROTOCOL_CONNECTION_LOST',
    'ER_SERVER_SHUTDOWN',
  ])('%s does', (code) => expect(isPassing(error(code))).toBe(true));

  it.each(['42P01', '42501', '57014', '28P01', '3D000', 'ER_NO_SUCH_TABLE', 'ER_ACCESS_DENIED_ERROR'])(
    '%s does not',
    (code) => expect(isPassing(error(code))).toBe(false),
  );

  it('a connection that ended without a code does', () => {
    expect(isPassing(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isPassing('Connection')).toBe(false);
  });
});
