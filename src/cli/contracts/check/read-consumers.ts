/** Files in which consumers say what they use: YAML or JSON, one consumer each. */
import { readFileSync, statSync } from 'node:fs';
import { readYaml } from '../../../config/yaml-file.js';
import { type Consumer, consumerSchema } from '../../../contracts/consumers.js';
import { DragomanError } from '../../../errors.js';

export const CONSUMERS_MAX = 1_000;
export const CONSUMER_BYTES_MAX = 1_024 * 1_024;

/** @throws DragomanError CONSUMER_FILE_INVALID */
export function readConsumers(files: readonly string[]): Consumer[] {
  if (files.length > CONSUMERS_MAX) throw invalid(`${files.length} files`, `at most ${CONSUMERS_MAX} are looked at`);
  return files.map(readConsumer);
}

function readConsumer(file: string): Consumer {
  const { values, problems } = readYaml(file, textOf(file));
  const [problem] = problems;
  if (problem !== undefined) throw invalid(file, `line ${problem.line ?? '?'}: ${problem.text}`);
  const { data, error } = consumerSchema.safeParse(values);
  if (data !== undefined) return data;
  const words = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.') || 'the whole'}: ${message}`);
  throw invalid(file, words.join('; '));
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > CONSUMER_BYTES_MAX) throw invalid(file, `it has more than ${CONSUMER_BYTES_MAX} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof DragomanError ? error : invalid(file, 'there is no such file, or it may not be read');
  }
}

const invalid = (file: string, why: string): DragomanError =>
  new DragomanError(
    'CONSUMER_FILE_INVALID',
    `${file} does not say what a consumer uses: ${why}. Write consumer, contact and uses (contract, version, fields): docs/contract-changes.md.`,
    { details: { file } },
  );
