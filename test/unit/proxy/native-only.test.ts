/** What only the native provider does is refused by the other one, before anything is started. */
import { describe, expect, it } from 'vitest';
import type { ServiceName, StackOptions } from '../../stack/stack.js';
import { openStack } from '../../stack/stack.js';

const asked: readonly [string, StackOptions<ServiceName>][] = [
  ['a fault proxy', { faultProxy: true }],
  ['a replica of Redis', { services: ['redis-replica'] }],
  ['a disk of its own', { redisDiskMb: 8 }],
  ['MariaDB', { services: ['mariadb'] }],
  ['a schema registry', { services: ['registry'] }],
];

describe('the stack in containers', () => {
  it.each(asked)('refuses %s', async (words, options) => {
    const opening = openStack({ ...options, provider: 'docker' });
    await expect(opening).rejects.toMatchObject({ code: 'DOCKER_UNAVAILABLE' });
    await expect(opening).rejects.toThrow(new RegExp(`only the native provider runs .*${words}`));
  });
});
