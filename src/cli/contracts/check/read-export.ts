/** Texts of `contract.json` -> contracts as they were published. What is not one is refused by name: a gate that reads over it lets all through. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PUBLISHED_SCHEMA, type PublishedContract } from '../../../contracts/published.js';
import { contractText } from '../../../domain/integration-event.js';
import { DragomanError } from '../../../errors.js';

export const CONTRACT_FILE = 'contract.json';
export const CONTRACT_BYTES_MAX = 4 * 1_024 * 1_024;
/** Of one folder. */
export const CONTRACTS_MAX = 5_000;

const text = z.string();
const looseRecord = z.record(text, z.unknown());

/** What the gate looks at; what else there is stays as it is. */
const published = z.looseObject({
  schema: z.literal(PUBLISHED_SCHEMA),
  ...{ name: text.min(1), version: z.int().min(1), topic: text, key: text, owner: text },
  ...{ meaning: text, certainty: text, notSentWhen: text, carries: text },
  stability: z.enum(['experimental', 'stable', 'deprecated']),
  sunset: z.iso.date().nullable(),
  replacedBy: text.nullable(),
  cardinality: looseRecord,
  reconciledBy: z.array(text),
  fields: z.record(
    text,
    z.looseObject({
      authority: z.union([z.literal('own'), z.looseObject({ borrowedFrom: text })]),
      class: text.nullable(),
    }),
  ),
  waived: z.record(text, text),
  value: looseRecord,
  example: looseRecord,
});

const AGAIN = 'Write the export again: dragoman contracts export.';

/** @param place of the file, as a person can find it. @throws DragomanError EXPORT_UNREADABLE */
export function publishedContract(json: string, place: string, advice = AGAIN): PublishedContract {
  if (json.length > CONTRACT_BYTES_MAX)
    throw invalid(place, `it is longer than ${CONTRACT_BYTES_MAX} characters`, advice);
  const values = parsed(json, place, advice);
  const schema = (values as { readonly schema?: unknown } | null)?.schema;
  if (typeof schema === 'string' && schema !== PUBLISHED_SCHEMA)
    throw invalid(
      place,
      `its form is ${schema}, and this version reads ${PUBLISHED_SCHEMA}: it was written by another version`,
      advice,
    );
  const { data, error } = published.safeParse(values);
  if (data !== undefined) return data as unknown as PublishedContract;
  const [issue] = error.issues;
  throw invalid(
    place,
    `${issue?.path.map(String).join('.') || 'the whole'}: ${issue?.message ?? 'not a contract'}`,
    advice,
  );
}

function parsed(json: string, place: string, advice: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalid(place, 'it is no JSON', advice);
  }
}

interface InFolder {
  readonly folder: string;
  /** Of the file, as a person can find it. */
  readonly place: string;
  /** What to do when it cannot be read; else the export is to be written again. */
  readonly advice?: string;
}

/** Its folder says which contract it is, so that no two have one name. @throws DragomanError EXPORT_UNREADABLE */
export function contractOfFolder(json: string, { folder, place, advice = AGAIN }: InFolder): PublishedContract {
  const contract = publishedContract(json, place, advice);
  const name = contractText(contract.name, contract.version);
  if (name === folder) return contract;
  throw invalid(
    place,
    `it says that it is ${name}, and stands in the folder of ${folder}: two contracts would have one name`,
    advice,
  );
}

export const invalid = (place: string, why: string, advice = AGAIN): DragomanError =>
  new DragomanError(
    'EXPORT_UNREADABLE',
    `${place} cannot be read as a published contract: ${why}. Nothing was compared. ${advice}`,
    { details: { place } },
  );

/** An export on disk; in no order. @throws DragomanError EXPORT_UNREADABLE */
export function readExport(dir: string): PublishedContract[] {
  const folders = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => statSync(join(dir, name, CONTRACT_FILE), { throwIfNoEntry: false })?.isFile() === true);
  if (folders.length > CONTRACTS_MAX) throw invalid(dir, `it has more than ${CONTRACTS_MAX} contracts`);
  return folders.map((folder) => {
    const place = join(dir, folder, CONTRACT_FILE);
    if (statSync(place).size > CONTRACT_BYTES_MAX) throw invalid(place, `it has more than ${CONTRACT_BYTES_MAX} bytes`);
    return contractOfFolder(readFileSync(place, 'utf8'), { folder, place });
  });
}
