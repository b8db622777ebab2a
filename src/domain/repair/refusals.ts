/** Why an aggregate is not repaired: the code begins the text of its outcome. docs/errors.md has this table. */
export const REPAIR_REFUSALS = {
  REPAIR_AUDIENCE_UNKNOWN:
    'The topic is none of the `audiences` in the config: nothing is published once more into any other.',
  REPAIR_AGGREGATE_UNKNOWN: 'The pipeline knows no such aggregate.',
  REPAIR_FORGOTTEN: 'The aggregate was forgotten: nothing of it is published any more.',
  REPAIR_EXPIRED: 'The journal does not have the decision any more (`journal.retentionMs`), so nobody has the event.',
  REPAIR_NEVER_PUBLISHED: 'No decision that is named published such an event of the aggregate.',
  REPAIR_OF_SERVICE:
    'A service speaks for the aggregate under the contract: what Dragoman published before would stand behind what the service told. An ' +
    'audience topic takes it, or `--override` with the reason.',
  REPAIR_TOO_LARGE: 'The record would be larger than its topic takes, or one command would write more than 16 MiB.',
  REPAIR_TOPIC_MISSING:
    'The topic does not exist: the contract is published no more, or `dragoman topics` was not run.',
  REPAIR_UNCORRECTABLE: 'The rules do not say how events of this contract are corrected (`correct`).',
  REPAIR_WITHHELD: 'The rules withhold the correction; the text has their reason.',
  REPAIR_RULES_FAILED: 'The rules threw over the correction, or what they gave does not fit its contract.',
} as const satisfies Record<string, string>;

export type RepairRefusal = keyof typeof REPAIR_REFUSALS;

export interface RepairRefused {
  readonly code: RepairRefusal;
  readonly text: string;
}
