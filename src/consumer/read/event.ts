/** One record -> an event of a contract that is read, or why it is none. Pure, apart from the clock that sunsets are held against. */
import { type Issue, issueWords } from '../../rules/values/issue-words.js';
import { pathText } from '../../domain/words/path-text.js';
import { contractText } from '../../domain/integration-event.js';
import type { ParkedCode, PassedCode } from '../codes.js';
import { contentOf, type Content, type Fields, typeIn, typeName, type TypeName, type Unreadable } from './content.js';
import type { EventMetadata, ReadContract } from './contract.js';
import { type ConsumedRecord, headerOf, keyOf, type Place, placeOf } from './record.js';

export interface ReadEvent {
  readonly kind: 'event';
  readonly contract: ReadContract;
  readonly id: string;
  /** Business key: the id of the order. */
  readonly key: string;
  readonly sequence: number;
  readonly occurredAtMs: number;
  readonly value: Fields & EventMetadata;
  readonly place: Place;
  readonly record: ConsumedRecord;
}

export interface Passed {
  readonly kind: 'passed';
  readonly code: PassedCode;
  readonly text: string;
  readonly record: ConsumedRecord;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: ParkedCode;
  readonly text: string;
  readonly record: ConsumedRecord;
}

export type Read = ReadEvent | Passed | Refused;

export interface ReadingOptions {
  readonly contracts: readonly ReadContract[];
  readonly valueBytesMax: number;
  readonly now: () => number;
}

/** Reads records; remembers the newest sunset that events announced. */
export class EventReader {
  readonly #options: ReadingOptions;
  /** By name, in rising order of versions. */
  readonly #byName = new Map<string, ReadContract[]>();
  /** By contract, `YYYY-MM-DD`. */
  readonly #sunsets = new Map<string, string>();

  constructor(options: ReadingOptions) {
    this.#options = options;
    for (const contract of options.contracts) {
      const { name, version, sunset } = contract;
      this.#byName.set(
        name,
        [...(this.#byName.get(name) ?? []), contract].sort((a, b) => a.version - b.version),
      );
      if (sunset !== null) this.#sunsets.set(contractText(name, version), sunset);
    }
  }

  read(record: ConsumedRecord): Read {
    // What is not read here is not even parsed.
    const said = typeName(headerOf(record, 'ce_type'));
    const early = said === null ? null : this.#find(said);
    if (early !== null && 'code' in early) return { ...early, record };
    const content = contentOf(record, this.#options.valueBytesMax);
    if ('code' in content) return refused(record, content);
    const type = said ?? typeIn(record, content);
    if (type === null)
      return refused(record, { code: 'EVENT_UNTYPED', text: 'Neither headers nor value name a contract.' });
    const found = this.#find(type);
    if ('code' in found) return { ...found, record };
    this.#noteSunset(type, headerOf(record, 'ce_deprecationsunset'));
    return eventOf(record, content, found);
  }

  #find(type: TypeName): ReadContract | Omit<Passed, 'record'> | Omit<Refused, 'record'> {
    const text = contractText(type.name, type.version);
    const versions = this.#byName.get(type.name);
    if (versions === undefined) return { kind: 'passed', code: 'TYPE_UNKNOWN', text: `${text} is not read here.` };
    const same = versions.find(({ version }) => version === type.version);
    if (same !== undefined) return same;
    const newest = versions.at(-1)?.version ?? 0;
    if (type.version < newest)
      return { kind: 'passed', code: 'VERSION_OLDER', text: `${text} is older than v${newest}, which is read here.` };
    const sunset = this.#sunsets.get(contractText(type.name, newest));
    if (sunset === undefined || this.#options.now() < Date.parse(sunset))
      return {
        kind: 'passed',
        code: 'VERSION_NEWER',
        text: `${text} came; v${newest} is read here, and still published.`,
      };
    return {
      ...{ kind: 'refused', code: 'VERSION_SUNSET' },
      text: `${text} came; v${newest} is read here, and may have ended on ${sunset}. Read the later version, then retry.`,
    };
  }

  /** A sunset may be extended, never shortened. */
  #noteSunset({ name, version }: TypeName, said: string | null): void {
    const day = /^\d{4}-\d\d-\d\d/.exec(said ?? '')?.[0];
    const contract = contractText(name, version);
    if (day !== undefined && !Number.isNaN(Date.parse(day)) && day > (this.#sunsets.get(contract) ?? ''))
      this.#sunsets.set(contract, day);
  }
}

function eventOf(record: ConsumedRecord, { fields, id }: Content, contract: ReadContract): ReadEvent | Refused {
  const { eventType, schemaVersion } = fields;
  if (
    (eventType !== undefined && eventType !== contract.name) ||
    (schemaVersion ?? contract.version) !== contract.version
  )
    return refused(record, {
      code: 'EVENT_CONTRADICTORY',
      text: `Headers tell of ${contractText(contract.name, contract.version)}, and the value of another contract.`,
    });
  const issues = contract.issuesOf(fields);
  if (issues.length > 0) return refused(record, unfit(issues, fields, contract));
  const value = fields as Fields & EventMetadata;
  const key = String(fields[contract.key]);
  const differing = [
    id === null || id.toLowerCase() === value.eventId.toLowerCase() ? '' : 'the id',
    keyOf(record) === key ? '' : `the record's key and ${contract.key}`,
  ].filter((part) => part !== '');
  if (differing.length > 0)
    return refused(record, {
      code: 'EVENT_CONTRADICTORY',
      text: `Headers, record key and value differ in ${differing.join(' and ')}.`,
    });
  const { eventId, sequence, occurredAt } = value;
  return {
    ...{ kind: 'event', contract, id: eventId.toLowerCase(), key, sequence, value, record },
    ...{ occurredAtMs: Date.parse(occurredAt), place: placeOf(record) },
  };
}

function unfit(issues: readonly Issue[], fields: Fields, { name, version, mayShow }: ReadContract): Unreadable {
  const code = issues.every((issue) => issue.code === 'invalid_value') ? 'ENUM_UNKNOWN' : 'EVENT_INVALID';
  const words =
    code === 'ENUM_UNKNOWN' ? issues.map((issue) => enumWords(issue, fields, mayShow)) : [issueWords(issues)];
  return { code, text: `It does not fit ${contractText(name, version)}: ${words.join('; ')}.` };
}

/** What may be a code of the legacy system, and no text of a person. */
const CODE_LIKE = /^[\w.:-]{1,40}$/;

function enumWords(issue: Issue, fields: Fields, mayShow: ReadContract['mayShow']): string {
  const found = issue.path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null)?.[part],
    fields,
  );
  const shown = typeof found === 'string' && CODE_LIKE.test(found) && mayShow(issue.path) ? `"${found}"` : 'a value';
  const known = issue.code === 'invalid_value' ? issue.values.map(String).join(', ') : '';
  return `${pathText(issue.path)} is ${shown} that it does not know (it knows ${known})`;
}

const refused = (record: ConsumedRecord, { code, text }: Unreadable): Refused => ({
  kind: 'refused',
  code,
  text,
  record,
});
