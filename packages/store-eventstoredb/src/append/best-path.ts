import { hasSafeBatchAppend } from '../connection/server-info.js';
import type { Connection, Lane } from '../connection/lane.js';
import type { AppendAnswer } from '../wire/append-answers.js';
import type { EncodedAppend } from '../wire/append-messages.js';
import { failureOf } from '../wire/failure.js';
import { BatchAppend } from './batch.js';
import { ClassicAppend } from './classic.js';
import type { AppendPath } from './path.js';
import type { Sleep } from '../time.js';

/** Batch appends where the server offers them in the safe form, classic ones everywhere else. */
export class BestPath implements AppendPath {
  private readonly classic: ClassicAppend;
  private readonly batch: BatchAppend;
  private readonly chosen = new WeakMap<Connection, AppendPath>();

  constructor(
    private readonly lane: Lane,
    sleep: Sleep,
  ) {
    // An append needs no leader: a follower passes it on, which costs nothing and works through an election.
    const metadata = (): ReturnType<Lane['metadata']> => lane.metadata(false);
    this.classic = new ClassicAppend(metadata, sleep);
    this.batch = new BatchAppend(metadata, sleep);
  }

  async try(connection: Connection, append: EncodedAppend, deadlineMs: number): Promise<AppendAnswer> {
    let path = this.chosen.get(connection);
    if (path === undefined) {
      try {
        const offersBatch = hasSafeBatchAppend(await this.lane.serverInfo(connection, deadlineMs));
        path = offersBatch ? this.batch : this.classic;
      } catch (error) {
        return notSent(failureOf(error));
      }
      this.chosen.set(connection, path);
    }
    return path.try(connection, append, deadlineMs);
  }
}

/** The question before the append failed: the append itself never left. */
const notSent = (failure: ReturnType<typeof failureOf>): AppendAnswer =>
  failure.kind === 'ambiguous' ? { kind: 'not-sent', message: failure.message } : failure;
