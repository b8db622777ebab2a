/** What a failed TLS handshake means to whoever runs Dragoman. Source: Node's and OpenSSL's error codes. */

interface Coded {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/ALTNAME_INVALID/, 'the certificate is for another host: use the name that it was issued for'],
  [/^CERT_HAS_EXPIRED$/, 'the certificate of the server has expired: it needs a new one'],
  [/^CERT_NOT_YET_VALID$/, 'the certificate of the server is not valid yet: look at the clocks'],
  [
    /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE_FAILURE/,
    'no authority that we know has signed the certificate of the server: caFile names the one that has',
  ],
  [
    /ALERT_(UNKNOWN_CA|HANDSHAKE_FAILURE|\w*CERTIFICATE)/,
    'the server wants a client certificate, or refuses ours: look at certFile and keyFile',
  ],
  [/^CERT_/, 'the certificate of the server does not verify'],
];

/** In words; null when the error has nothing to do with certificates. Looks through its causes. */
export function tlsFailure(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, cause } = error as Coded;
  const meaning = typeof code === 'string' ? MEANINGS.find(([pattern]) => pattern.test(code)) : undefined;
  return meaning?.[1] ?? tlsFailure(cause);
}
