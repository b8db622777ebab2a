/** PostgreSQL: a deadlock, or a lock that did not come within lock_timeout. The same may go through when tried again. */
export const isLockConflict = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '55P03');
