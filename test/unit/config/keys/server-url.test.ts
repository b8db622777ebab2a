/** Addresses with a login that is not encoded, and others that no client could use: said by the config, before anything connects. */
import { describe, expect, it } from 'vitest';
import { checkUrl } from '../../../../src/cli/options/url-option.js';
import { urlProblem } from '../../../../src/config/keys/server-url.js';
import { loadConfig, problemsOf } from '../../../../src/config/load.js';
import type { DragomanError } from '../../../../src/errors.js';

const REDIS = ['redis', 'rediss'];
const NOT_ENCODED = /not percent-encoded: write % as %25, \/ as %2F/;

describe('a URL', () => {
  it.each([
    'redis://host:6379',
    'rediss://host',
    'redis://host:6379/3',
    'redis://user:secret@host:6379',
    'redis://:a+b=c@host:6379',
    'redis://:p:a:ss@host:6379',
    'redis://:%2F%2B%3D%23%40%3A%25@host:6379',
    'redis://:p@ss@host:6379', // every client takes the last @
    'redis://[::1]:6379',
  ])('%s is taken', (url) => {
    expect(urlProblem(url, REDIS)).toBeNull();
  });

  it.each(['%', '50%off', '%zz', '%4', 'aB/c+d=e', 'a?b', 'a#b', 'a b', 'a\\b', '%FF'])(
    'with the password %s is one that is not encoded',
    (password) => {
      for (const login of [`:${password}`, `user:${password}`, `${password}:x`])
        expect(urlProblem(`redis://${login}@host:6379`, REDIS)).toMatch(NOT_ENCODED);
    },
  );

  it.each(['host:6379', 'http://host:6379', 'redis://', 'redis://host:65536', 'redis://host:x', ''])(
    '%s is not one of Redis',
    (url) => {
      expect(urlProblem(url, REDIS)).toBe('expected redis://host:port or rediss://host:port');
    },
  );
});

const problems = (env: Record<string, string>): string[] => {
  try {
    loadConfig({ file: null, env, readText: () => '', pipelinesRequired: false });
    return [];
  } catch (error) {
    return problemsOf(error as DragomanError).map(({ path, text }) => `${path}: ${text}`);
  }
};

describe('the config', () => {
  it('says how else the password of Redis can be given, and never shows it', () => {
    const [problem = ''] = problems({ DRAGOMAN_REDIS_URL: 'redis://:50%off@127.0.0.1:6379' });
    expect(problem).toMatch(NOT_ENCODED);
    expect(problem).toContain('or leave it out and set redis.password');
    expect(problem).not.toContain('50%off');
  });

  it('looks at the address of Kafka Connect, and at every port, in the same way', () => {
    expect(problems({ DRAGOMAN_CONNECT_URL: 'http://u:5%off@connect:8083' })[0]).toMatch(NOT_ENCODED);
    expect(problems({ DRAGOMAN_REDIS_URL: 'redis://host:6379/x' })[0]).toContain('the number of a database');
    expect(problems({ DRAGOMAN_KAFKA_BROKERS: 'a:9092,b:65536' })[0]).toContain('expected a port of at most 65535');
    expect(problems({ DRAGOMAN_KAFKA_BROKERS: 'a:65535' })).toEqual([]);
  });
});

it('an address that comes as an option is refused as one, without a stack trace', () => {
  expect(() => checkUrl('--member', 'nowhere')).toThrow('--member: expected http://host:port or https://host:port.');
  expect(() => checkUrl('--connect', 'http://u:a/b@host')).toThrow(NOT_ENCODED);
  expect(() => checkUrl('--connect', 'http://u:a%2Fb@host')).not.toThrow();
});
