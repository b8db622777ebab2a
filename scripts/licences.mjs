// `node scripts/licences.mjs`: writes docs/licences.md, the production dependencies with their licences. With --check it writes nothing, and
// ends with 1 when the list is not what is installed, or when a licence is not among those that were agreed on.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as checker from 'license-checker-rseidelsohn';
import { format, resolveConfig } from 'prettier';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = fileURLToPath(new URL('../docs/licences.md', import.meta.url));

/** Permissive: they ask for no more than their text and the names of the authors. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];
/** One binary for each platform, of which npm installs the one that fits: same project, same licence as esbuild. */
const OF_ONE_PLATFORM = /^@esbuild\//;

const packages = await new Promise((resolve, reject) => {
  const options = { start: ROOT, production: true, excludePrivatePackages: true };
  checker.init(options, (error, found) => (error ? reject(error) : resolve(found)));
});
const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).name;
const rows = Object.entries(packages)
  .map(([key, { licenses, repository }]) => {
    const at = key.lastIndexOf('@');
    return {
      name: key.slice(0, at),
      version: key.slice(at + 1),
      licence: String(licenses),
      repository: repository ?? '',
    };
  })
  .filter(({ name }) => name !== own && !OF_ONE_PLATFORM.test(name))
  .sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));

/** `(MIT OR GPL-3.0)` may be used as MIT. */
const isAllowed = (licence) =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => ALLOWED.includes(one.trim()));

const text = await format(
  `# Licences of production dependencies

Made by \`node scripts/licences.mjs\` from what is installed; a test compares. Allowed: ${ALLOWED.join(', ')}.

| Package | Version | Licence | Source |
| --- | --- | --- | --- |
${rows.map(({ name, version, licence, repository }) => `| ${name} | ${version} | ${licence} | ${repository} |`).join('\n')}
`,
  { ...(await resolveConfig(FILE)), parser: 'markdown' },
);

const foreign = rows.filter(({ licence }) => !isAllowed(licence));
for (const { name, version, licence } of foreign) console.error(`${name} ${version}: ${licence} is not allowed`);
const isChecking = process.argv.includes('--check');
if (!isChecking) writeFileSync(FILE, text);
const isCurrent = readFileSync(FILE, 'utf8') === text;
if (!isCurrent) console.error('docs/licences.md is not what is installed: run node scripts/licences.mjs');
console.log(`${rows.length} production packages`);
process.exit(foreign.length === 0 && isCurrent ? 0 : 1);
