/** The page of one part of a capability: how its routes stand, what a move would come to, and the forms that make it. Pure. */
import { REASON_CHARS_MAX } from '../../../domain/command.js';
import { STAGES } from '../../../domain/ownership/route.js';
import { html, type Html, query } from '../../../html.js';
import type { Caller } from '../../../server/access.js';
import type { CapabilityMigration, Plan, PlanQuery } from '../../answers/migration.js';
import type { CapabilityParity } from '../../answers/parity.js';
import { numbers, table } from '../../table.js';
import { count } from '../../words.js';
import { hiddenFields, onlyOperators, reasonFields } from '../deciding.js';
import { notice } from '../layout.js';
import { partName, routesTable, stageStatus } from './overview.js';

/** What is asked for; without `to` nothing is planned yet. */
export type PartQuery = Omit<PlanQuery, 'to'> & { readonly to?: PlanQuery['to'] | undefined };

export interface PartOptions {
  readonly asked: PartQuery;
  readonly pipeline: string;
  readonly capability: CapabilityMigration;
  /** Of the parts of the capability; none: nothing is compared. */
  readonly compared: CapabilityParity['parts'];
  /** Null: no move is planned. */
  readonly plan: Plan | null;
  readonly caller: Caller;
}

export const partContent = (options: PartOptions): Html => {
  const { asked, pipeline, capability, plan } = options;
  return html`<h1>${capability.capability}, ${partName(asked.selector)}</h1>
    <p class="sub">
      ${asked.contract ?? 'all its contracts'} · <a href="/migration${query({ pipeline })}">Migration</a>
    </p>
    ${standing(options)} ${comparedPart(options)}
    <h2>Plan a move</h2>
    ${planForm(options)} ${plan !== null && planned(plan, options)}`;
};

/** Of its contracts those that are asked for. */
const ofContract =
  ({ contract }: PartQuery) =>
  (each: { readonly contract: string }): boolean =>
    contract === undefined || each.contract === contract;

function standing({ asked, capability }: PartOptions): Html {
  const isIts = (each: { readonly selector: string }): boolean => each.selector === asked.selector;
  const routes = capability.routes.filter(ofContract(asked)).filter(isIts);
  const without = capability.contracts
    .filter(ofContract(asked))
    .filter(({ contract }) => !routes.some((route) => route.contract === contract));
  return html`${routes.length > 0 && routesTable(routes)}
  ${without.map(({ contract, parts }) => {
    const part = parts.find(isIts);
    return html`<p>
      ${contract}${part !== undefined && html`: ${stageStatus(part.stage)},`} without a route of its
      own${part !== undefined && part.but.length > 0 && `; ${part.but.join(', ')} otherwise`}
    </p>`;
  })}`;
}

function comparedPart({ asked, compared }: PartOptions): Html | false {
  const own = compared.filter(ofContract(asked)).filter(({ selector }) => selector === asked.selector);
  return (
    own.length > 0 &&
    html`<h2>Parity</h2>
      ${table(
        ['Contract', ...['Pairs', 'Equal', 'Accepted', 'Equal or accepted'].map(numbers)],
        own.map(({ contract: name, pairs, percent, counts }) => [
          name,
          ...[count(pairs), count(counts.equal), count(counts.accepted), percent === null ? '–' : `${percent} %`],
        ]),
      )}`
  );
}

const option = (value: string, words: string, chosen: string): Html =>
  html`<option value="${value}" ${value === chosen && html`selected`}>${words}</option>`;

function planForm({ asked, pipeline, capability }: PartOptions): Html {
  const { selector, contract = '', to = '', at = '', take = '' } = asked;
  const isAsked = capability.routes.some(({ next }) => next?.waits === 'service');
  return html`<form class="plan" method="get" action="/migration/one">
    ${hiddenFields({ pipeline, capability: capability.capability })}
    <div>
      <label for="selector">Which part</label>
      <input id="selector" name="selector" value="${selector}" list="selectors" maxlength="2000" autocomplete="off" />
      <datalist id="selectors">
        ${capability.selectors.map((each) => html`<option value="${each}">${partName(each)}</option>`)}
      </datalist>
      <small>market=DE, or share=0-25, or both with a blank between; nothing: all</small>
    </div>
    <div>
      <label for="contract">Which contracts</label>
      <select id="contract" name="contract">
        ${option('', 'all', contract)}
        ${capability.contracts.map((each) => option(each.contract, each.contract, contract))}
      </select>
    </div>
    <div>
      <label for="to">To</label>
      <select id="to" name="to" required>
        ${STAGES.map((stage) => option(stage, stage, to))}
      </select>
    </div>
    <div>
      <label for="at">From when on</label>
      <input id="at" name="at" type="datetime-local" step="1" value="${at.slice(0, 19)}" />
      <small>UTC, by the source’s commit times; nothing: in two seconds</small>
    </div>
    ${
      (isAsked || take !== '') &&
      html`<div>
        <label for="take">A route that its service has</label>
        <select id="take" name="take">
          ${option('', 'is asked of it', take)} ${option('owed', 'is taken, and what it never told is published', take)}
          ${option('rest', 'is taken, and what it never told is never published', take)}
        </select>
      </div>`
    }
    <button>Show what it comes to</button>
  </form>`;
}

function planned(plan: Plan, options: PartOptions): Html {
  const { caller } = options;
  return html`<section aria-label="Plan">
    <h2>What it comes to</h2>
    ${
      plan.refused !== null
        ? notice('bad', html`<strong>It would be refused.</strong> ${plan.refused}`)
        : html`${plan.commands.map((command) => commandPart(command))} ${gatePart(plan)}
          ${
            caller.role === 'operator'
              ? html`<div class="forms">
                  ${plan.commands.map((command, i) => commandForm(command, `move-${i}`, plan, options))}
                </div>`
              : onlyOperators(caller)
          }`
    }
  </section>`;
}

const isHeld = ({ gate }: Plan): boolean => gate.some(({ reasons }) => reasons.length > 0);

/** What speaks against it. */
const gatePart = (plan: Plan): Html | false =>
  isHeld(plan) &&
  notice(
    'bad',
    html`<strong>The gate is closed.</strong> ${plan.gate.flatMap(({ route, reasons }) =>
        reasons.map((reason) => html`<br />${route}: ${reason}`),
      )}`,
  );

type Planned = Plan['commands'][number];

const commandPart = ({ kind, contracts, moves }: Planned): Html =>
  kind === 'route.move'
    ? html`<ul>
        ${moves.map(({ text }) => html`<li>${text}</li>`)}
      </ul>`
    : notice('note', `${contracts.join(', ')}: first see that its service cannot write any more (docs/routes.md).`);

function commandForm({ kind, contracts, epoch }: Planned, at: string, plan: Plan, options: PartOptions): Html {
  const { asked, pipeline, caller } = options;
  const isMove = kind === 'route.move';
  const about = { kind, pipeline, selector: plan.selector, epoch: String(epoch) };
  const more: Record<string, string> = isMove
    ? { contracts: contracts.join(','), to: asked.to ?? '', at: asked.at ?? '' }
    : { contract: contracts.join(','), publishOwed: asked.take === 'owed' ? 'yes' : '' };
  const isPast = isMove && isHeld(plan);
  const title = isMove ? `Move to ${asked.to ?? ''}` : 'Take over';
  return html`<form method="post" action="/decide">
    <h3>${title}</h3>
    <p>${contracts.join(', ')}, ${partName(plan.selector)}, from epoch ${epoch}</p>
    ${hiddenFields({ ...about, ...more })}
    ${
      isPast &&
      html`<label for="override-${at}">Why past the gate</label>
        <input id="override-${at}" name="override" required maxlength="${REASON_CHARS_MAX}" autocomplete="off" />`
    }
    ${reasonFields(at, caller)}
    <button class="${isMove && !isPast ? '' : 'danger'}">${title}</button>
  </form>`;
}
