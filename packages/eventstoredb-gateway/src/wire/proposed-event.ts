import type { EventToAppend } from '@lapse/store';
import { handlerThrew, metadataMissing } from '../failure.js';
import type { ProposedMessage } from './messages.js';
import { NIL_UUID, uuidOf } from './uuid.js';

const JSON_CONTENT = 'application/json';

/**
 * What a client sent, as the store takes it. Anything but exactly `application/json` is bytes. Throws a failure for a
 * missing `type` or `content-type`, an empty type, and an id that is none.
 */
export const eventToAppend = (message: ProposedMessage): EventToAppend => {
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  if (type === undefined) throw metadataMissing('type');
  const contentType = properties.get('content-type');
  if (contentType === undefined) throw metadataMissing('content-type');
  if (type === '') throw handlerThrew('An event type must not be empty.');
  const id = uuidOf(message.getId());
  if (id === undefined) throw handlerThrew('An event id is no UUID.');
  if (id === NIL_UUID) throw handlerThrew('An event id must not be all zeros.');
  return {
    id,
    type,
    contentType: contentType === JSON_CONTENT ? JSON_CONTENT : 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
};
