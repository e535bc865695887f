// What a server takes from its machine, seen from outside.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const TICKS_PER_SECOND = 100;
const mib = (file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) / MIB;

const rssMibOf = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) / 1024;
  }
};

/** Undefined where the system does not tell. */
const openFilesOf = (pid) => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
};

const cpuSecondsOf = (pid) => {
  try {
    const [, , ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/\(.*\)/, 'name')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
};

const READY_MS_MAX = 2_000;
/** `no answer` says more of the machine than of the server. */
const readyOf = (url) =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_MS_MAX) }).then(
    ({ status }) => (status === 200 ? 'ready' : 'not ready'),
    () => 'no answer',
  );

export class Watch {
  #last = { atMs: Date.now(), cpuSeconds: 0 };

  constructor(front, keeper, logDir) {
    this.url = front.url;
    this.pid = front.process.pid;
    this.keeperPid = keeper?.process.pid;
    this.logDir = logDir;
    this.#last.cpuSeconds = cpuSecondsOf(this.pid);
  }

  async look() {
    const atMs = Date.now();
    const cpuSeconds = cpuSecondsOf(this.pid);
    const cpuPercent = (100_000 * (cpuSeconds - this.#last.cpuSeconds)) / Math.max(1, atMs - this.#last.atMs);
    this.#last = { atMs, cpuSeconds };
    const ready = await readyOf(this.url);
    return {
      ready,
      rssMib: rssMibOf(this.pid),
      ...(this.keeperPid === undefined ? {} : { keeperRssMib: rssMibOf(this.keeperPid) }),
      openFiles: openFilesOf(this.pid),
      cpuPercent,
      walMib: mib(join(this.logDir, 'events.db-wal')),
      eventsMib: mib(join(this.logDir, 'events.db')),
      viewsMib: mib(join(this.logDir, 'views.db')),
      viewsWalMib: mib(join(this.logDir, 'views.db-wal')),
    };
  }
}
