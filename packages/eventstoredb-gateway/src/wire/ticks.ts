/** The hundreds of nanoseconds of the wire since 1970, as text: four digits more than milliseconds have. */
export const ticksOf = (atMs: number): string => {
  const wholeMs = Math.floor(atMs);
  return wholeMs === 0 ? '0' : `${wholeMs}0000`;
};
