const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** `████▌`: a value's share of the most, at its most `width` characters; what is more than nothing is seen. */
export const bar = (value: number, most: number, width: number): string => {
  if (value <= 0 || most <= 0) return '';
  const eighths = Math.max(1, Math.round((value / most) * width * 8));
  return '█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] as string);
};
