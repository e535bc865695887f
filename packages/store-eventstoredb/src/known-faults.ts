/** A fault of some server versions, and what this store does so that it does no harm. */
export interface KnownFault {
  readonly fault: string;
  readonly answer: string;
}

interface Versions {
  /** The first version that has it; left out: every one before `before`. */
  readonly from?: string;
  /** The first version without it; left out: all that we know of have it. */
  readonly before?: string;
}

const KNOWN_FAULTS: readonly (KnownFault & Versions)[] = [
  {
    before: '21.10.0',
    fault: 'the server does not tell its version or its features',
    answer: 'one call for each append; the head of the log is read to know when it has caught up',
  },
  {
    before: '22.6.0',
    fault: 'reads of one stream come without positions in the whole log',
    answer: 'positions are taken from reads of the whole log alone',
  },
  {
    before: '23.10.0',
    fault: 'a checkpoint sent while a subscription goes live can stand behind an event that was not sent',
    answer: 'resumes from events, never from checkpoints; the head of the log is read to know when it has caught up',
  },
  {
    before: '24.2.0',
    fault: 'a live subscription is dropped when events come faster than they are taken, or hundreds in one append',
    answer: 'goes on at once behind the last event that was handled',
  },
  {
    from: '23.10.0',
    before: '24.2.0',
    fault: 'an append of one call that is cancelled half-way can be stored in part (seen on 23.10.6)',
    answer: 'never cancels one before its last event has left',
  },
  {
    from: '23.10.0',
    before: '24.2.0',
    fault: 'a stream whose name is exactly $$ ends the server process (seen on 23.10.6)',
    answer: 'refuses the name before anything is sent',
  },
  {
    from: '24.10.0',
    before: '25.1.0',
    fault: 'some builds lose an event to a resume from the commit position alone',
    answer: 'keeps the commit and the prepare position',
  },
  {
    fault: 'a subscription that resumes at an event which was scavenged meanwhile skips the one behind it',
    answer: 'reads the event at the checkpoint first and hands out what stands there instead',
  },
  {
    fault: 'ids sent again without a revision are known for a while only, in memory',
    answer: 'every append of its own names its revision',
  },
  {
    fault: 'a retry beside a first write that is still under way is answered with a timeout',
    answer: 'waits and tries again, same ids, same revision',
  },
];

/** The faults of one version; one that does not tell its version is older than all. */
export const faultsOf = (version: string | undefined): KnownFault[] =>
  KNOWN_FAULTS.filter(
    ({ from, before }) =>
      (from === undefined || (version !== undefined && compareVersions(version, from) >= 0)) &&
      (before === undefined || version === undefined || compareVersions(version, before) < 0),
  ).map(({ fault, answer }) => ({ fault, answer }));

/** By major, minor and patch number. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
