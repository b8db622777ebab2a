/** Only whether classes are carried, for who has looked at everything else: `dragoman contracts check`. */
import { openRecording } from '../../../../adapters/files/recording.js';
import type { RulesFolder } from '../../../../adapters/files/rules-loader.js';
import type { Config } from '../../../../config/schema.js';
import { compileRuleSet } from '../../../../rules/compile.js';
import type { Finding } from '../finding.js';
import { replayed } from '../replay.js';
import { classFindings } from './findings.js';
import { Witness } from './witness.js';

/**
 * The same findings as those of `dragoman check --recording`: CLASS_LOST, SECRET_PUBLISHED, and the notes CLASS_NOT_TRIED.
 * @param folder whose rules hold together. @param file of a recording.
 * @throws DragomanError RECORDING_INVALID
 */
export async function classCheck(folder: RulesFolder, file: string, config: Config): Promise<Finding[]> {
  const witness = new Witness(folder.ruleSet);
  if (witness.classed.length === 0) return [];
  const { records, redacted } = await openRecording(file);
  const rules = compileRuleSet(witness.watch(folder.ruleSet));
  await replayed({ rules, digest: folder.digest, records, config, observe: () => undefined });
  return classFindings(folder, witness, redacted);
}
