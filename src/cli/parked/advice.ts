/** What to do about a parked aggregate, by its refusal code: after what a retry helps, and what a discard means. For people. */
import type { RefusalCode } from '../../domain/refusal.js';

export interface Advice {
  readonly retry: string;
  readonly discard: string;
}

const KNOWN =
  'its rows count as far as they can be read, and nothing that it would have caused is published, now or later';

/** The columns, or rows, that could not be read are unknown until a later change or a snapshot tells of them. */
const UNREAD = `${KNOWN}; what cannot be read is unknown until a later change or a snapshot tells of it`;

const TOO_LARGE = 'its rows are there, and what is in them is unknown until a later change or a snapshot tells of it';

export const ADVICE: Readonly<Record<RefusalCode, Advice>> = {
  ROW_INVALID: { retry: 'the table definition fits the row (dragoman drift shows what differs)', discard: UNREAD },
  CODE_UNKNOWN: { retry: 'the table definition says what the code means', discard: UNREAD },
  RULE_THREW: { retry: 'the rule is corrected', discard: KNOWN },
  RULE_TOO_SLOW: { retry: 'the rule is corrected', discard: KNOWN },
  CONTRACT_VIOLATED: { retry: 'the publication or the contract is corrected', discard: KNOWN },
  TRANSLATION_FAILED: { retry: 'a version of Dragoman without the fault runs', discard: KNOWN },
  EVENT_TOO_LARGE: { retry: 'the publication makes less of it, or its topic takes more', discard: KNOWN },
  ROW_TOO_LARGE: {
    retry: 'the state topic takes more (max.message.bytes), or fewer columns are declared',
    discard: TOO_LARGE,
  },
  DECISION_TOO_LARGE: { retry: 'the journal takes more (max.message.bytes)', discard: TOO_LARGE },
  AGGREGATE_TOO_LARGE: { retry: 'the state topic takes more (max.message.bytes)', discard: TOO_LARGE },
  AGGREGATE_KEY_CHANGED: {
    retry: "the aggregate declares onKeyChange: 'new'; of the old and of the new one",
    discard: `${KNOWN}: the old one loses the rows, the new one has them`,
  },
  ROW_OWNER_UNKNOWN: { retry: 'the aggregate that the rows came from is not parked any more', discard: KNOWN },
  ROW_KEY_CONFLICT: {
    retry:
      'the legacy system has one row with this key, or the table definition tells them apart (a new namespace then)',
    discard: KNOWN,
  },
  RECORD_UNDECODABLE: {
    retry: 'nothing: the record stays as it is, so a retry parks it again',
    discard:
      'nobody knows whether the row is there until a later change or a snapshot tells of it; facts that need it wait',
  },
  WAITING_ROWS_FULL: { retry: 'the parent row is known (a snapshot of it, for example)', discard: 'it is refused' },
  LOOKUPS_TOO_LARGE: {
    retry: 'the rules look up fewer rows, or fewer columns of the lookup tables are declared',
    discard: KNOWN,
  },
  OWED_TOO_MANY: {
    retry: 'the service has told of what happened, or its route is legacy again',
    discard: 'what it makes happen is told by nobody',
  },
  TRANSACTION_INCOMPLETE: {
    retry: 'you have looked at the legacy system: a retry takes the rows that arrived as all there are',
    discard: KNOWN,
  },
  TRANSACTION_TOO_LARGE: {
    retry: 'nothing: of its rows only the keys are known, so a retry parks it again',
    discard: 'the rows are there, and what is in them is unknown until a later change or a snapshot tells of it',
  },
  TRANSACTION_WITHOUT_END: {
    retry: 'nothing: whether it took place is not known, so a retry parks it again',
    discard: 'nobody knows whether its rows are there until a later change or a snapshot tells of them',
  },
};
