import { foldedAgainAnswer, foldAgainPath } from '@lapse/api';
import type { Io } from '../../io.js';
import { withService } from '../../service/with-service.js';
import { print } from '../verb.js';
import type { RebuildFlags } from './place.js';

/** `lapse rebuild --stream ID`: asks the process that keeps the rows, for its memory must change with them. */
export const rebuildStream = (io: Io, flags: RebuildFlags, sessionId: string): Promise<void> =>
  withService(io, flags, async (service) => {
    const answer = await service.send('POST', foldAgainPath(sessionId), {}, foldedAgainAnswer);
    print(io, flags, answer, () => {
      if (answer.changed.length === 0)
        return `${sessionId}: folded again up to revision ${answer.revision}, nothing was wrong`;
      return `${sessionId}: folded again up to revision ${answer.revision}, put right: ${answer.changed.join(', ')}`;
    });
  });
