/**
 * A first fact with its contract, its publication and its test, so that there is something whole to change. That the root's row is there is all
 * that anybody can know without the business; which condition is meant instead stands beside it as questions. Pure.
 */
import { keyText } from '../domain/tables/table.js';
import type { ObservedColumn } from '../observed/form.js';
import { METADATA_FIELDS } from '../rules/contract.js';
import { exampleOf, exampleText, fieldText } from './column-text.js';
import { camel, kebab, member, Names, pascal, property, quoted, wordsOf } from './names.js';
import type { ProposedAggregate, ProposedTable } from './proposal.js';
import { comment, file, heading, object, type ProposedFile, question } from './text.js';

/** As many fields as people look at one by one. */
const FIELDS_MAX = 10;

interface Field {
  readonly name: string;
  readonly column: ObservedColumn;
  /** Of the contract. */
  readonly text: string;
}

export class FirstFact {
  readonly #aggregate: ProposedAggregate;
  /** `OrdRecorded`. */
  readonly #name: string;
  readonly #identifier: string;
  readonly #contract: string;
  readonly #file: string;
  readonly #fields: readonly Field[];

  constructor(aggregate: ProposedAggregate) {
    this.#aggregate = aggregate;
    this.#name = `${pascal(wordsOf(aggregate.name))}Recorded`;
    this.#identifier = camel(wordsOf(this.#name));
    this.#contract = `${this.#identifier}V1`;
    this.#file = kebab(wordsOf(this.#name));
    this.#fields = fieldsOf(aggregate);
  }

  files(): ProposedFile[] {
    return [this.#fact(), this.#contractFile(), this.#publications(), this.#test(), this.#index()];
  }

  #fact(): ProposedFile {
    const { identifier, file: path, root, members } = this.#aggregate;
    const { identifier: name, observed } = root;
    const asked = [
      ...codedColumns(root).map(({ column, code, meaning, evidence }) => ({
        line: `${quoted(`${column} is ${code}`)}: (o) => ${member(`o.${name}?`, column)} === ${meaning},`,
        evidence,
      })),
      ...members
        .filter(({ cardinality }) => cardinality === 'many')
        .map(({ table }) => ({
          line: `${quoted(`a row of ${table.observed.name} is there`)}: (o) => o.${table.identifier}.length > 0,`,
          evidence: table.observed.evidence,
        })),
    ];
    return file(`facts/${this.#file}.ts`, [
      ...heading(
        `A first fact: the row of ${observed.name} is there.`,
        '? What happened to the business then, in its own words, and what must hold so that it has? A fact says more than that a row changed.',
      ),
      "import { known } from 'dragoman/rules';",
      `import { ${identifier} } from '../aggregates/${path}.js';`,
      '',
      `export const ${this.#identifier} = ${identifier}.milestone(${quoted(this.#name)}, {`,
      ...question('How much is at stake when it is late or missing: critical, high, normal or low?', 2),
      "  importance: 'normal',",
      '  when: {',
      `    ${quoted(`the row of ${observed.name} is there`)}: (o) => o.${name} !== undefined,`,
      ...(asked.length === 0 ? [] : question('Which of these belong to it? All conditions hold together.', 4)),
      ...asked.flatMap(({ line, evidence }) => [...comment(`${evidence}.`, 4), `    // ${line}`]),
      '  },',
      ...this.#dataLines(),
      '});',
    ]);
  }

  #dataLines(): string[] {
    const { identifier, observed } = this.#aggregate.root;
    if (this.#fields.length === 0) return ['  data: () => ({}),'];
    return [
      '  data: (o) => {',
      `    const row = known(o.${identifier}, ${quoted(`row of ${observed.name}`)});`,
      '    return {',
      ...this.#fields.map(({ name, column }) => `      ${property(name)}: ${member('row', column.name)},`),
      '    };',
      '  },',
    ];
  }

  #contractFile(): ProposedFile {
    const { name, root } = this.#aggregate;
    const example = this.#fields.map((field) => `${property(field.name)}: ${exampleText(field.column.type)}`);
    return file(`contracts/${this.#file}.v1.ts`, [
      ...heading(
        'A contract is a promise to other teams: what stands here is kept, so nothing should that nobody asked for.',
      ),
      "import { contract } from 'dragoman/rules';",
      "import { z } from 'zod';",
      '',
      `export const ${this.#contract} = contract(${quoted(this.#name)}, 1, {`,
      ...question(
        'Which topic? All contracts of one aggregate share one: only inside of it are their events in order.',
        2,
      ),
      `  topic: ${quoted(`${name}.events`)},`,
      `  key: ${quoted(keyField(name))},`,
      ...question('Which team answers for it?', 2),
      "  owner: 'nobody-yet',",
      ...question('What has happened when this event is there?', 2),
      `  meaning: ${quoted(`The row of ${root.observed.name} is there.`)},`,
      ...question('What may a consumer rely on, and what not?', 2),
      `  certainty: ${quoted(`Sent once in the life of each ${name}.`)},`,
      ...question('When is it not sent, although one might expect it?', 2),
      `  notSentWhen: 'The row was there before this service first looked.',`,
      ...question('Which of these does a consumer need? Personal columns are left out.', 2),
      ...(this.#fields.length === 0
        ? ['  data: z.object({}),']
        : [
            '  data: z.object({',
            ...this.#fields.map((field) => `    ${property(field.name)}: ${field.text},`),
            '  }),',
          ]),
      `  example: ${object(example, { indent: 2, before: '  example: ', after: ',' })},`,
      '});',
    ]);
  }

  #publications(): ProposedFile {
    return file('publications.ts', [
      ...heading('Which fact is published under which contract. A fact that is not published stays in the journal.'),
      "import { publish } from 'dragoman/rules';",
      `import { ${this.#contract} } from './contracts/${this.#file}.v1.js';`,
      `import { ${this.#identifier} } from './facts/${this.#file}.js';`,
      '',
      `export const publications = [publish(${this.#identifier}).as(${this.#contract}, ({ data }) => data)];`,
    ]);
  }

  #test(): ProposedFile {
    const { root } = this.#aggregate;
    const { identifier, file: path, observed, key } = root;
    const given = observed.columns.filter(
      ({ leftOut, nullable, optional }) => leftOut === null && !nullable && !optional,
    );
    const row = given.map(({ name, type }) => `${property(name)}: ${exampleText(type)}`);
    const id = keyText(key.map((column) => String(exampleOf(columnOf(root, column).type))));
    const expected = this.#fields
      .filter(({ column }) => given.includes(column))
      .map((field) => `${property(field.name)}: ${exampleText(field.column.type)}`);
    const event = [`type: ${quoted(this.#name)}`, `key: ${quoted(id)}`];
    const whole =
      expected.length === 0
        ? event
        : [...event, `data: ${object(expected, { indent: 6, before: '      data: ', after: ',' })}`];
    return file(`facts/${this.#file}.test.ts`, [
      "import { given } from 'dragoman/testing';",
      "import { it } from 'vitest';",
      "import rules from '../index.js';",
      `import { ${identifier} } from '../tables/${path}.js';`,
      '',
      ...comment('Made up; columns that may be null are null.', 0),
      `const row = ${object(row, { indent: 0, before: 'const row = ', after: ' as const;' })} as const;`,
      '',
      `it(${quoted(`happens when the row of ${observed.name} comes, and not for one that was there before`)}, () => {`,
      '  given(rules)',
      `    .transaction((t) => t.insert(${identifier}, row))`,
      `    .expect(${object(whole, { indent: 4, before: '    .expect(', after: ');' })});`,
      '  given(rules)',
      `    .baseline((t) => t.insert(${identifier}, row))`,
      `    .transaction((t) => t.update(${identifier}, row))`,
      '    .expect();',
      '});',
    ]);
  }

  #index(): ProposedFile {
    const { identifier, file: path } = this.#aggregate;
    return file('index.ts', [
      ...heading('What is not listed here does not exist; facts are decided and published in this order.'),
      "import { ruleSet } from 'dragoman/rules';",
      `import { ${identifier} } from './aggregates/${path}.js';`,
      `import { ${this.#identifier} } from './facts/${this.#file}.js';`,
      "import { publications } from './publications.js';",
      '',
      'export default ruleSet({',
      `  aggregates: [${identifier}],`,
      `  facts: [${this.#identifier}],`,
      '  publications,',
      '});',
    ]);
  }
}

const keyField = (aggregate: string): string => camel([...wordsOf(aggregate), 'id']);

const columnOf = ({ observed }: ProposedTable, name: string): ObservedColumn =>
  observed.columns.find((column) => column.name === name) as ObservedColumn;

/** Public columns that are not the key: codes and amounts first, in the order of the table. */
function fieldsOf({ name: aggregate, root }: ProposedAggregate): Field[] {
  const names = new Names(new Set([...METADATA_FIELDS, keyField(aggregate)]));
  const possible = root.observed.columns.flatMap((column) => {
    const text = fieldText(column);
    const isFit =
      text !== null && column.leftOut === null && column.sensitivity === 'public' && !root.key.includes(column.name);
    return isFit ? [{ column, text }] : [];
  });
  return possible.slice(0, FIELDS_MAX).map(({ column, text }) => {
    const words = wordsOf(column.name);
    return { name: names.of(camel(words), camel(['legacy', ...words])), column, text };
  });
}

interface CodedColumn {
  readonly column: string;
  readonly code: string;
  readonly meaning: string;
  readonly evidence: string;
}

const CODED_MAX = 4;

/** One condition for each column of codes, with its first code. */
function codedColumns({ observed }: ProposedTable): CodedColumn[] {
  return observed.columns
    .flatMap(({ name, type, sensitivity, leftOut, evidence }) => {
      if (type.kind !== 'code' || sensitivity !== 'public' || leftOut !== null) return [];
      const [code = '', meaning = ''] = Object.entries(type.codes).at(-1) ?? [];
      const text = typeof meaning === 'string' ? quoted(meaning) : String(meaning);
      return [{ column: name, code: code.trim() === '' ? 'blank' : code, meaning: text, evidence: evidence[0] ?? '' }];
    })
    .slice(0, CODED_MAX);
}
