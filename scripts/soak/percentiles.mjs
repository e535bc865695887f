/** Of all values together; zeros where there are none. */
export const percentiles = (values) => {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
};

export const median = (values) => percentiles(values).p50;
