/** The stream in which the metadata of a stream stands. */
export const metadataStreamOf = (stream: string): string => `$$${stream}`;

export const isMetadataStream = (stream: string): boolean => stream.startsWith('$$');

/** The stream that a metadata stream speaks of. */
export const subjectOf = (metadataStream: string): string => metadataStream.slice(2);

export const METADATA_TYPE = '$metadata';
export const LINK_TYPE = '$>';
/**
 * Marks a stream as deleted for ever. The marker stands in the *metadata* stream, so that the stream itself stays as it
 * was written; readers are shown it as an event of the stream, at the revision that a node gives it.
 */
export const TOMBSTONE_TYPE = '$streamDeleted';
export const TOMBSTONE_REVISION = '9223372036854775807';

export const ALL_STREAM = '$all';
