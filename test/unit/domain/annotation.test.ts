/** Which declared annotations one is, by its prefix and by what it says. */
import { describe, expect, it } from 'vitest';
import { annotationsIn, annotationText, type DeclaredAnnotation } from '../../../src/domain/source/annotation.js';

const fits = (content: DeclaredAnnotation['content'], said: string | null, prefix = 'fix'): boolean => {
  const declared = content === undefined ? { prefix: 'fix' } : { prefix: 'fix', content };
  const found = annotationsIn([declared], { prefix, content: said });
  expect(found.length === 0 || found[0] === annotationText(declared)).toBe(true);
  return found.length === 1;
};

describe('an annotation', () => {
  it.each<[DeclaredAnnotation['content'], string | null, boolean]>([
    [undefined, 'anything', true],
    [undefined, null, true],
    ['codes', 'codes', true],
    ['codes', 'codes ', false],
    ['codes', null, false],
    [['codes', 'zips'], 'zips', true],
    [['codes', 'zips'], 'names', false],
    [{ user: 'dba' }, '{"user":"dba","ip":"10.0.0.1"}', true],
    [{ user: ['dba', 'batch'] }, '{"user":"batch"}', true],
    [{ user: 'dba', why: 'zip' }, '{"user":"dba"}', false],
    [{ user: 'dba' }, '{"user":["dba"]}', false],
    [{ user: '7' }, '{"user":7}', false],
    [{ user: 'dba' }, '["dba"]', false],
    [{ user: 'dba' }, 'null', false],
    [{ user: 'dba' }, 'user=dba', false],
    [{ toString: 'dba' }, '{}', false],
  ])('declared with content %j, saying %j: %s', (content, said, isOne) => expect(fits(content, said)).toBe(isOne));

  it('of another prefix is none', () => expect(fits(undefined, 'codes', 'fixes')).toBe(false));

  it('is each of several that it fits', () => {
    const declared = [{ prefix: 'fix' }, { prefix: 'fix', content: 'codes' }, { prefix: 'fix', content: 'zips' }];
    expect(annotationsIn(declared, { prefix: 'fix', content: 'codes' })).toEqual(['["fix"]', '["fix",["codes"]]']);
  });
});
