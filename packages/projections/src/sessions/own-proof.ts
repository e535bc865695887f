import { formatInstant, limitMinutesOf, MS_PER_MINUTE, type Proof, type SessionState } from '@lapse/domain';

/** A timeout's proof says what the folded session says too, so most rows need not carry it. */
export const ownProof = (state: SessionState): Proof | undefined => {
  const { pin, anchorRevision, anchorType, anchorAtMs } = state;
  const deadlineAtMs = ownDeadline(state);
  if (pin === undefined || deadlineAtMs === undefined) return undefined;
  return {
    rule: state.rule,
    limitMinutes: limitMinutesOf(pin, state.rule) as number,
    configVersion: pin.version,
    anchor: { revision: anchorRevision, type: anchorType, occurredAt: formatInstant(anchorAtMs) },
    deadline: formatInstant(deadlineAtMs),
  };
};

const ownDeadline = ({ pin, rule, close, anchorAtMs }: SessionState): number | undefined => {
  const limitMinutes = pin === undefined ? null : limitMinutesOf(pin, rule);
  if (limitMinutes === null || close?.reason !== rule) return undefined;
  return anchorAtMs + limitMinutes * MS_PER_MINUTE;
};

export const isOwnProof = (state: SessionState, proof: Proof | undefined): boolean => {
  const { pin } = state;
  const deadlineAtMs = ownDeadline(state);
  if (pin === undefined || deadlineAtMs === undefined || proof === undefined) {
    return proof === undefined && deadlineAtMs === undefined;
  }
  // A proof's instants are in one spelling (its schema sees to it), so comparing the times compares the text.
  return (
    proof.rule === state.rule &&
    proof.limitMinutes === limitMinutesOf(pin, state.rule) &&
    proof.configVersion === pin.version &&
    Date.parse(proof.deadline) === deadlineAtMs &&
    proof.anchor.revision === state.anchorRevision &&
    proof.anchor.type === state.anchorType &&
    Date.parse(proof.anchor.occurredAt) === state.anchorAtMs
  );
};
