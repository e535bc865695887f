import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeTime, encodeTime, ulid, ulidToUUID, uuidToULID } from 'ulid';

/**
 * Ids. Sessions are named by ULIDs; an event's id is 128 bits, written as a UUID in lower case in the store and accepted
 * as a UUID or a ULID from a sender. Derived ids are hashes of what they follow from: writing twice is writing once.
 */
const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const actorIdPattern = /^[A-Za-z0-9._~-]{1,64}$/;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A session's id: a ULID in upper case, as it stands in the stream's name. */
export const isUlid = (text: string): boolean => ulidPattern.test(text);

/** Merchants, buyers and agents: `[A-Za-z0-9._~-]{1,64}`, pseudonyms. */
export const isActorId = (text: string): boolean => actorIdPattern.test(text);

/** Takes a ULID or a UUID in any case and gives the UUID in lower case; `undefined` for anything else and for the nil id. */
export const normaliseEventId = (text: string): string | undefined => {
  const uuid = text.length === 26 ? uuidOfUlid(text.toUpperCase()) : text.toLowerCase();
  return uuid !== undefined && uuidPattern.test(uuid) && uuid !== NIL_UUID ? uuid : undefined;
};

const uuidOfUlid = (ulid: string): string | undefined => (isUlid(ulid) ? ulidToUUID(ulid).toLowerCase() : undefined);

/** A fresh ULID of this instant; `random` is uniform in [0, 1). */
export const newUlid = (atMs: number, random: () => number): string => ulid(atMs, random);

/** The ULID with the same 128 bits. */
export const ulidOfUuid = (uuid: string): string => uuidToULID(uuid);
export const uuidFromUlid = (ulid: string): string => ulidToUUID(ulid).toLowerCase();

/** The epoch milliseconds that a ULID carries. */
export const ulidTimeMs = (ulid: string): number => decodeTime(ulid);

/** A UUID (version 8: "custom") made of a hash of its parts; parts are joined so that no two lists read the same. */
export const derivedEventId = (purpose: string, ...parts: readonly (string | number)[]): string => {
  const hex = bytesToHex(hashOf(purpose, parts));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The id of the timeout close that follows from the event which started the clock: promise 1, exactly one close. */
export const timeoutEventId = (stream: string, anchorRevision: number): string =>
  derivedEventId('timeout', stream, anchorRevision);

/** A ULID whose time is given and whose rest is a hash: of the predecessor (D10), or of an import's source and session. */
export const derivedUlid = (atMs: number, purpose: string, ...parts: readonly string[]): string => {
  const hash = hashOf(purpose, parts);
  let rest = '';
  for (let i = 0; i < 16; i++) rest += CROCKFORD.charAt((hash[i] as number) & 31);
  return encodeTime(atMs, 10) + rest;
};

/** The one session that may follow a closed one (D10): three concurrent messages derive the same id and open it once. */
export const successorId = (predecessorId: string, closedAtMs: number): string =>
  derivedUlid(closedAtMs, 'successor', predecessorId);

/** The id of an imported session (D15): importing twice adds nothing. */
export const importedSessionId = (source: string, session: string, openedAtMs: number): string =>
  derivedUlid(openedAtMs, 'import', source, session);

const hashOf = (purpose: string, parts: readonly (string | number)[]): Uint8Array =>
  sha256(utf8ToBytes(JSON.stringify([purpose, ...parts])));
