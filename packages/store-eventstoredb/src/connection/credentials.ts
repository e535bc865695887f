import { readFileSync } from 'node:fs';
import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { BadConnectionString, type ConnectionSettings } from './connection-string.js';

/** The transport's security: certificates are read here, once. Throws {@link BadConnectionString} for a file that cannot be read. */
export const channelCredentialsOf = (settings: ConnectionSettings): ChannelCredentials => {
  if (!settings.tls) return credentials.createInsecure();
  const ca = fileOf('tlsCAFile', settings.caFile);
  const key = fileOf('userKeyFile', settings.keyFile);
  const certificate = fileOf('userCertFile', settings.certificateFile);
  try {
    return credentials.createSsl(ca, key, certificate, { rejectUnauthorized: settings.verifyCertificate });
  } catch (error) {
    throw new BadConnectionString('connection string: the certificate or key cannot be used', { cause: error });
  }
};

const fileOf = (option: string, path: string | undefined): Buffer | null => {
  if (path === undefined) return null;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new BadConnectionString(`connection string: ${option}: the file cannot be read`, { cause: error });
  }
};

/** Basic credentials are sent over TLS alone. */
export const authorizationOf = (settings: ConnectionSettings): string | undefined =>
  settings.tls && settings.credentials !== undefined
    ? `Basic ${Buffer.from(`${settings.credentials.username}:${settings.credentials.password}`).toString('base64')}`
    : undefined;
