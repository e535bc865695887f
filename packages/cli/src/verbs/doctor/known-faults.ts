/** A fault of some server versions, and what Lapse does so that it does no harm. */
interface KnownFault {
  /** The first version that has it; left out: every one before `before`. */
  readonly from?: string;
  /** The first version without it; left out: all that we know of have it. */
  readonly before?: string;
  readonly fault: string;
  readonly lapse: string;
}

const knownFaults: readonly KnownFault[] = [
  {
    before: '21.10.0',
    fault: 'the server does not tell its version or its features',
    lapse: 'takes it for an old one: one call for each append, the head of the log read to know when it has caught up',
  },
  {
    before: '22.6.0',
    fault: 'reads of one stream come without positions in the whole log',
    lapse: 'takes positions from reads of the whole log alone',
  },
  {
    before: '23.10.0',
    fault: 'a checkpoint sent while a subscription goes live can stand behind an event that was not sent',
    lapse: 'resumes from events, never from checkpoints, and reads the head of the log to know when it has caught up',
  },
  {
    before: '24.2.0',
    fault: 'a live subscription is dropped when events come faster than they are taken',
    lapse: 'goes on at once behind the last event that it has handled',
  },
  {
    from: '23.10.0',
    before: '24.2.0',
    fault: 'a stream whose name is exactly $$ ends the server process (seen on 23.10.6)',
    lapse: 'refuses the name before anything is sent',
  },
  {
    from: '24.10.0',
    before: '25.1.0',
    fault: 'some builds lose an event to a resume from the commit position alone',
    lapse: 'keeps the commit and the prepare position',
  },
  {
    fault: 'a subscription that resumes at an event which was scavenged meanwhile skips the one behind it',
    lapse: 'reads the event at the checkpoint first and hands out what stands there instead',
  },
];

export const faultsOf = (version: string | undefined): readonly Pick<KnownFault, 'fault' | 'lapse'>[] =>
  knownFaults.filter(
    ({ from, before }) =>
      (from === undefined || (version !== undefined && compareVersions(version, from) >= 0)) &&
      (before === undefined || version === undefined || compareVersions(version, before) < 0),
  );

const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
