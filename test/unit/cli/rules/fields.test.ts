/** In which fields two events differ, whatever the fields are called. */
import { expect, it } from 'vitest';
import { differingFields } from '../../../../src/cli/rules/diff/fields.js';
import type { ToldEvent } from '../../../../src/cli/rules/diff/told.js';

const told = (value: object): ToldEvent => ({ event: { topic: 't', value } }) as unknown as ToldEvent;

it.each(['constructor', 'toString', 'plant'])(
  'a field that is called %s and came is there now, and was not',
  (name) => {
    const [from, to] = [told({ lines: [{ a: 1 }] }), told({ lines: [{ a: 1, [name]: 'x' }], [name]: 'y' })];
    expect(differingFields(from, to)).toEqual([
      { path: `lines[0].${name}`, field: `lines[].${name}`, from: undefined, to: 'x' },
      { path: name, field: name, from: undefined, to: 'y' },
    ]);
    expect(differingFields(to, from).map(({ to: now }) => now)).toEqual([undefined, undefined]);
  },
);
