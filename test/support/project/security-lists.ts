/** The lists of rights in `docs/security.md`, as a test can use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs, { type AclEntry } from 'kafkajs';
import { projectDirectory } from '../../stack/directories.js';

function block(language: string): string {
  const text = readFileSync(join(projectDirectory, 'docs/security.md'), 'utf8');
  const found = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/security.md has no block of ${language}`);
  return found.trim();
}

export const redisUserLine = (): string => block('redis-acl');

const RESOURCES = { topic: 'TOPIC', group: 'GROUP', 'transactional-id': 'TRANSACTIONAL_ID' } as const;
const OPERATIONS = { Read: 'READ', Write: 'WRITE', DescribeConfigs: 'DESCRIBE_CONFIGS' } as const;

/** One for each operation of each line. */
export const listedAcls = (user: string): AclEntry[] =>
  block('kafka-acls')
    .split('\n')
    .flatMap((line) => {
      const [, kind, resourceName] = /--(topic|group|transactional-id) (\S+)/.exec(line) ?? [];
      const operations = [...line.matchAll(/--operation (\S+)/g)].map(([, name]) => name as keyof typeof OPERATIONS);
      const pattern = line.includes('prefixed') ? 'PREFIXED' : 'LITERAL';
      return operations.map((name) => ({
        principal: `User:${user}`,
        host: '*',
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
        operation: kafkajs.AclOperationTypes[OPERATIONS[name]],
        resourceType: kafkajs.AclResourceTypes[RESOURCES[kind as keyof typeof RESOURCES]],
        resourceName: resourceName!,
        resourcePatternType: kafkajs.ResourcePatternTypes[pattern],
      }));
    });
