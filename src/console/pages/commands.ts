/** The page of decisions: who decided what, why, and what became of it. Pure. */
import type { Commands, CommandShown } from '../answers/commands.js';
import { html, type Html } from '../../html.js';
import { line, prose, table } from '../table.js';
import { plural, status, time } from '../words.js';

export const commandsContent = ({ commands, unreadable, earlier }: Commands): Html =>
  html`<h1>Decisions</h1>
    <p class="sub">what operators decided, here and by the command line, the newest first</p>
    ${
      commands.length === 0
        ? html`<p class="empty">
            Nobody has decided anything yet. Decisions are made where something is parked or held.
          </p>`
        : table(
            [line('When'), 'Who', 'What', prose('Why'), 'Result'],
            commands.map((command) => [
              ...[time(command.at), command.by, `${command.kind} ${command.subject}`, command.reason],
              resultOf(command),
            ]),
          )
    }
    ${unreadable > 0 && html`<p>${plural(unreadable, 'record')} of the commands log no command of this version.</p>`}
    ${earlier && html`<p>Earlier ones are in the topic of the commands.</p>`}`;

const KINDS = { applied: 'good', refused: 'bad', repeated: 'idle', unknownKind: 'warn', malformed: 'warn' } as const;

function resultOf({ outcomes, isCarriedOut }: CommandShown): Html | readonly Html[] {
  if (outcomes.length > 0)
    return outcomes.map(
      ({ task, result, text }) =>
        html`<div>${status(KINDS[result], result)} ${outcomes.length > 1 && `${task}: `}${text}</div>`,
    );
  if (isCarriedOut === null) return status('idle', 'not known');
  return isCarriedOut ? status('idle', 'carried out') : status('warn', 'waiting');
}
