/** The page of the rules: the picture of `rules graph`, and the same in words. Pure. */
import type { Rules } from '../answers/rules.js';
import { html, type Html } from '../html.js';
import { count } from '../words.js';

export const rulesContent = ({ digest, facts, tables }: Rules): Html =>
  html`<h1>Rules</h1>
    <p class="sub">as this member runs them, digest <code>${digest.slice(0, 12)}</code></p>
    <p class="picture" tabindex="0">
      <img
        src="/rules/graph.svg"
        alt="What leads from tables over aggregates and facts to contracts and topics; the tables below say the same"
      />
    </p>
    <h2>Facts</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Fact</th>
            <th scope="col">Importance</th>
            <th scope="col">When all of this holds</th>
            <th scope="col">Published as</th>
          </tr>
        </thead>
        <tbody>
          ${facts.map(
            ({ fact, aggregate, kind, importance, conditions, contracts }) =>
              html`<tr>
                <th scope="row">${fact}<br /><small>${aggregate}, ${kind}</small></th>
                <td><span class="severity ${importance}">${importance}</span></td>
                <td>
                  ${conditions.length === 0 ? 'no condition' : conditions.map((name) => html`<div>${name}</div>`)}
                </td>
                <td>${contracts.length === 0 ? 'internal' : contracts.join(', ')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <h2>Tables</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Key</th>
            <th scope="col" class="n">Declared columns</th>
          </tr>
        </thead>
        <tbody>
          ${tables.map(
            ({ table, key, columns }) =>
              html`<tr>
                <th scope="row">${table}</th>
                <td>${key.join(', ')}</td>
                <td class="n">${count(columns)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
