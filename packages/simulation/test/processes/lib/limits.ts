import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * Takes the limit on the size of its files from a running process: as if its disk had room again. Needs no rights: what a
 * process may do itself, its owner may do to it. False where the system has no such means.
 */
export const liftFileLimit = (pid: number): boolean =>
  spawnSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:']).status === 0;

/** A small disk of its own. False where this process may not make one. */
export const mountSmallDisk = (folder: string, mebibytes: number): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]).status === 0;

/** Writes a file until there is no room for another byte. Throws when the disk turns out to be larger than `mebibytes`. */
export const fillDisk = (file: string, mebibytes: number): void => {
  const handle = openSync(file, 'w');
  let written = 0;
  try {
    for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      while (hasRoom(handle, bytes)) {
        written += bytes;
        if (written > mebibytes * 1024 * 1024) throw new Error(`there is more room than ${mebibytes} MiB`);
      }
    }
  } finally {
    closeSync(handle);
  }
};

const hasRoom = (handle: number, bytes: number): boolean => {
  try {
    return writeSync(handle, Buffer.alloc(bytes)) === bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
};

export const unmount = (folder: string): void => void spawnSync('umount', [folder]);
