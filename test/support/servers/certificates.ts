/** Certificates for one test run, made by openssl: an authority, what it signs, and everything that may be wrong with that. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Key and chain in one file, as Kafka's PEM key store wants it. */
  readonly bundleFile: string;
}

export interface Authority {
  readonly caFile: string;
  /** Signs one more. @param names subject alternative names, `DNS:localhost,IP:127.0.0.1` */
  issue(name: string, options: IssueOptions): Certificate;
}

export interface IssueOptions {
  readonly names: string;
  /** Ended an hour ago. */
  readonly expired?: boolean;
  /** Encrypts the key. */
  readonly passphrase?: string;
}

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] as const;

/** @param folder an empty one of its own for each authority. */
export function makeAuthority(folder: string, name: string): Authority {
  const file = (suffix: string): string => join(folder, `${name}${suffix}`);
  const [caFile, caKey] = [file('-ca.pem'), file('-ca.key')];
  openssl('req', '-x509', ...KEY, '-noenc', '-subj', `/CN=${name}`, '-days', '2', '-keyout', caKey, '-out', caFile);
  const settings = file('.cnf');
  writeFileSync(file('.index'), '');
  writeFileSync(
    settings,
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${file('.index')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\n` +
      `unique_subject=no\npolicy=any\ncopy_extensions=copy\n[any]\ncommonName=supplied\n`,
  );
  return {
    caFile,
    issue(subject, { names, expired = false, passphrase }) {
      const [certFile, keyFile, request] = [file(`-${subject}.pem`), file(`-${subject}.key`), file(`-${subject}.csr`)];
      const encryption = passphrase === undefined ? ['-noenc'] : ['-passout', `pass:${passphrase}`];
      const wanted = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=${names}`];
      openssl('req', '-new', ...KEY, ...encryption, ...wanted, '-keyout', keyFile, '-out', request);
      const dates = ['-startdate', utc(-48), '-enddate', utc(expired ? -1 : 48)];
      const signing = ['-keyfile', caKey, '-cert', caFile, '-in', request, '-out', certFile, '-notext', ...dates];
      openssl('ca', '-batch', '-config', settings, ...signing);
      const bundleFile = file(`-${subject}.bundle.pem`);
      writeFileSync(bundleFile, readFileSync(keyFile, 'utf8') + readFileSync(certFile, 'utf8'));
      return { certFile, keyFile, bundleFile };
    },
  };
}

/** `YYYYMMDDHHMMSSZ`, so many hours from now. */
const utc = (hours: number): string =>
  `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
