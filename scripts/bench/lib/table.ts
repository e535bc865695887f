import type { Figure } from './types.js';

const COLUMNS = ['figure', 'value', 'unit', 'limit', 'ratio', 'note'] as const;
const NUMERIC = new Set<string>(['value', 'limit', 'ratio']);

const numberText = (value: number | undefined): string => {
  if (value === undefined) return '';
  const digits = Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return value.toLocaleString('en-US', digits);
};

/** The limit's share that was reached, where only value and limit are known. */
export const ratioOf = ({ value, limit, ratio }: Figure): number | undefined =>
  ratio ?? (limit === undefined ? undefined : value / limit);

/** One line a figure below a heading, in columns; a column that no figure fills is left out. */
export const table = (figures: readonly Figure[]): string => {
  const rows = figures.map((figure) => ({
    figure: figure.figure,
    value: numberText(figure.value),
    unit: figure.unit,
    limit: numberText(figure.limit),
    ratio: ratioOf(figure)?.toFixed(2) ?? '',
    note: figure.note ?? '',
  }));
  const columns = COLUMNS.filter((column) => rows.some((row) => row[column] !== ''));
  const heading = Object.fromEntries(COLUMNS.map((column) => [column, column])) as (typeof rows)[number];
  const lines = [heading, ...rows].map((row, _, all) =>
    columns
      .map((column) => {
        const width = Math.max(...all.map((other) => other[column].length));
        return NUMERIC.has(column) ? row[column].padStart(width) : row[column].padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
};
