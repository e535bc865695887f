import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { GatewayTls } from '@lapse/eventstoredb-gateway';
import { EngineError } from './engine-error.js';

const readPem = (file: string, what: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = (error as Error).message;
    throw new EngineError('gateway-tls-unusable', `the ${what} ${file} cannot be read: ${why}`, { cause: error });
  }
};

const certificateOf = (pem: Buffer, file: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new EngineError('gateway-tls-unusable', `${file} holds no certificate in PEM`, { cause: error });
  }
};

const privateKeyOf = (pem: Buffer, file: string): KeyObject => {
  try {
    return createPrivateKey(pem);
  } catch {
    // What the parser says of a key stays here.
    throw new EngineError('gateway-tls-unusable', `${file} holds no private key in PEM, or one behind a passphrase`);
  }
};

/**
 * The certificate (its chain behind it) and its key, read once. Throws `gateway-tls-unusable` for a file that is not there or
 * holds something else, `gateway-tls-mismatch` for a key of another certificate. `onExpired` is told of one that is over.
 */
export const readGatewayTls = (
  certificateFile: string,
  keyFile: string,
  nowMs: number,
  onExpired: (message: string) => void,
): GatewayTls => {
  const certificate = readPem(certificateFile, 'certificate');
  const privateKey = readPem(keyFile, 'private key');
  const parsed = certificateOf(certificate, certificateFile);
  if (!parsed.checkPrivateKey(privateKeyOf(privateKey, keyFile))) {
    throw new EngineError('gateway-tls-mismatch', `${keyFile} is not the private key of ${certificateFile}`);
  }
  if (Date.parse(parsed.validTo) < nowMs) {
    onExpired(`the certificate ${certificateFile} expired on ${parsed.validTo}: clients will refuse it`);
  }
  return { certificate, privateKey };
};
