export interface ParsedMetrics {
  readonly text: string;
  /** Of all families, as their `# TYPE` line names them. */
  readonly names: readonly string[];
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.eE+-]+|NaN|[+-]?Inf)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** The text format that Prometheus reads, version 0.0.4. Throws for a line that it would not take, or a series twice. */
export const parsedMetrics = (text: string): ParsedMetrics => {
  const values = new Map<string, number>();
  const names: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      names.push(type[1] as string);
      continue;
    }
    const parts = LINE.exec(line);
    if (parts === null) throw new Error(`no line of a metric: ${line}`);
    const labels = [...(parts[2] ?? '').matchAll(LABEL)].map(([, name, value]) => [name, value] as [string, string]);
    const key = seriesOf(parts[1] as string, Object.fromEntries(labels));
    if (values.has(key)) throw new Error(`twice: ${key}`);
    values.set(key, Number(parts[3]));
  }
  return { text, names, value: (name, labels = {}) => values.get(seriesOf(name, labels)) };
};

const seriesOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
