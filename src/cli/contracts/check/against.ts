/** What a person names to be compared with -> what was published there: a folder with an export, or a revision with all that it ever had. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Published } from '../../../contracts/compatibility/gate.js';
import { say } from '../../exit.js';
import { repositoryOf } from '../../rules/git.js';
import { publishedFolder } from '../published.js';
import { gitHistory, revision, unknownPlace } from './git-history.js';
import { invalid, readExport } from './read-export.js';

/**
 * @param names newest first; none: the export beside the rules, if there is one.
 * @param rules folder of the rules.
 * @throws DragomanError COMMAND_INVALID, EXPORT_UNREADABLE
 */
export function publishedAt(names: readonly string[], rules: string): Published[] {
  if (names.length > 0) return names.flatMap((name) => publishedIn(name, rules));
  const beside = publishedFolder(rules);
  if (existsSync(beside)) return [onDisk(beside)];
  say(`nothing to compare with: there is no export in ${relative('.', beside)} (dragoman contracts export writes one)`);
  return [];
}

function publishedIn(name: string, rules: string): readonly Published[] {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) return [onDisk(name)];
  const exported = resolve(publishedFolder(rules));
  const home = nearest(exported);
  const repository = repositoryOf(home);
  if (repository === null)
    throw unknownPlace(name, `there is no folder ${name}, and the rules are in no git repository`);
  const path = join(repository.prefix, relative(home, exported));
  const asked = revision(repository.top, name, path);
  if (asked === null) throw unknownPlace(name, `git knows no ${name}`);
  const { published, cut } = gitHistory(asked);
  if (cut !== null) say(cut);
  const versions = published.reduce((sum, { contracts }) => sum + contracts.length, 0);
  if (versions === 0 && name.includes(':'))
    throw unknownPlace(name, `there never was an export in ${asked.path} of it`);
  say(
    versions === 0
      ? `${name} has no export in ${asked.path}: nothing to compare with`
      : `${name}: ${versions} published`,
  );
  return published;
}

function onDisk(dir: string): Published {
  const contracts = readExport(dir);
  if (contracts.length === 0) throw invalid(dir, 'there is no <Name>.v<major>/contract.json in it');
  return { from: relative('.', dir) || '.', isNewest: true, contracts };
}

/** The folder, or the one above it that is there. */
const nearest = (dir: string): string => (existsSync(dir) || dirname(dir) === dir ? dir : nearest(dirname(dir)));
