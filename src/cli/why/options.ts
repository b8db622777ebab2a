/** What the commands that explain have in common: where they look, and what they are given for it. */
import type { BeginningPolicy } from '../../domain/source/beginning.js';
import type { MemberOption } from '../operator/held.js';
import type { OperatorOptions } from '../operator/operator.js';
import type { Outside } from '../../why/outside.js';
import type { WhySettings } from '../../why/why.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';

export interface WhyOptions extends OperatorOptions, MemberOption {
  /** Instead of the servers: a recording, played through the rules. */
  readonly recording?: string;
  /** Instead of the servers: a file of `state export`. */
  readonly state?: string;
  /** Of the recording, in the place of what the config says. */
  readonly beginning?: BeginningPolicy;
  readonly values?: boolean;
}

export interface Desk extends Pick<WhySettings, 'qualifier' | 'watch'> {
  readonly outside: Outside;
  readonly rules: LoadedRules;
}
