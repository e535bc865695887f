import type { StreamNames } from '@lapse/domain';

/** Which streams read models are folded from. */
export const followedPrefixes = ({ prefixes }: StreamNames): readonly string[] => [
  prefixes.session,
  prefixes.merchant,
  prefixes.operations,
];
