/** The retailer's rules for a test with real servers: with a contract topic of its own, and a table as the test wants it. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { projectDirectory } from '../../stack/directories.js';
import type { LayRules } from './own-pipeline.js';

/** The header of orders. */
const HEADER = 'tables/ord-hdr.ts';

/** @param find what is in the table definition of the header, if anything is to be another. */
export const layRetailerRules =
  (find?: string, replace = ''): LayRules =>
  (folder, contract) => {
    cpSync(join(projectDirectory, 'rules'), folder, { recursive: true });
    for (const name of readdirSync(join(folder, 'contracts')).filter((each) => each.endsWith('.ts')))
      edit(join(folder, 'contracts', name), 'orders.fulfillment', contract);
    if (find === undefined) return;
    expect(readFileSync(join(folder, HEADER), 'utf8')).toContain(find);
    edit(join(folder, HEADER), find, replace);
  };

const edit = (file: string, find: string, replace: string): void =>
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replaceAll(find, () => replace),
  );
