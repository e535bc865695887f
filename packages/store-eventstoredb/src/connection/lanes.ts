import { StoreError } from '@lapse/store';
import { closedError } from '../errors.js';
import type { Limits } from '../options.js';
import type { NodePreference } from './connection-string.js';
import { Lane, type Connecting } from './lane.js';

/** Subscriptions stay open, so they are spread over as many connections as their number needs. */
export class SubscriptionLanes {
  private readonly lanes: { readonly lane: Lane; open: number }[] = [];
  private closed = false;

  constructor(
    private readonly preference: NodePreference,
    private readonly connecting: Connecting,
    private readonly limits: Limits,
  ) {}

  /** A lane with room, taken until {@link Taken.release}. Throws `store-busy` when every connection is full. */
  take(): { readonly lane: Lane; readonly release: () => void } {
    if (this.closed) throw closedError();
    const { subscriptionsPerConnection, subscriptionConnections } = this.limits;
    let found = this.lanes.find(({ open }) => open < subscriptionsPerConnection);
    if (found === undefined) {
      if (this.lanes.length >= subscriptionConnections) {
        const most = subscriptionsPerConnection * subscriptionConnections;
        throw new StoreError('store-busy', `${most} subscriptions are open already`);
      }
      found = { lane: new Lane('subscriptions', this.preference, this.connecting), open: 0 };
      this.lanes.push(found);
    }
    const taken = found;
    taken.open += 1;
    return {
      lane: taken.lane,
      release: () => {
        taken.open -= 1;
      },
    };
  }

  close(): void {
    this.closed = true;
    for (const { lane } of this.lanes) lane.close();
  }
}
