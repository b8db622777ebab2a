/** Codes of Node and OpenSSL, wherever in a chain of causes, and what they mean. */
import { describe, expect, it } from 'vitest';
import { tlsFailure } from '../../../src/config/tls-failure.js';

const coded = (code: string): Error => Object.assign(new Error('x'), { code });

describe('a failed handshake', () => {
  it.each([
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for another host/],
    ['CERT_HAS_EXPIRED', /has expired/],
    ['CERT_NOT_YET_VALID', /not valid yet/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /no authority that we know/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /no authority that we know/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /no authority that we know/],
    ['CERT_REVOKED', /does not verify/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /client certificate/],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', /client certificate/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /client certificate/],
  ])('%s: %s', (code, words) => {
    expect(tlsFailure(coded(code))).toMatch(words);
    expect(tlsFailure(new Error('outer', { cause: new Error('middle', { cause: coded(code) }) }))).toMatch(words);
  });

  it.each([coded('ECONNREFUSED'), new Error('certificate'), null, 'CERT_HAS_EXPIRED', { code: 7 }])(
    'is not %s',
    (error) => {
      expect(tlsFailure(error)).toBeNull();
    },
  );
});
