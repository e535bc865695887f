import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * Of the process, by the names that everybody's dashboards know. prom-client's own collection starts observers that nobody can
 * stop again; this one asks when somebody looks.
 */
export const addProcessMetrics = (registry: Registry): void => {
  const gauge = (name: string, help: string, valueOf: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(valueOf());
      },
    });
  };
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, its own and that of the system for it.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1_000_000);
    },
  });
  const startedAtSeconds = performance.timeOrigin / 1_000;
  gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', () => startedAtSeconds);
  gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Objects of the program.', () => process.memoryUsage().heapUsed);
  gauge('nodejs_heap_size_total_bytes', 'What is set aside for them.', () => process.memoryUsage().heapTotal);
  gauge('nodejs_external_memory_bytes', 'Buffers and the like.', () => process.memoryUsage().external);
  let seen = performance.eventLoopUtilization();
  gauge(
    'nodejs_eventloop_utilization',
    'Share of the time since the last look in which its one thread was busy.',
    () => {
      const before = seen;
      seen = performance.eventLoopUtilization();
      return performance.eventLoopUtilization(seen, before).utilization;
    },
  );
};
