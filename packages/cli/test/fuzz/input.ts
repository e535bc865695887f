import type { FileFault } from './hostile.js';

/** Stands for the folder that an input has for itself, with a log in it. */
export const FOLDER = '@FOLDER@';
/** Nobody listens there, and nothing leaves this machine. */
export const NOBODY = '127.0.0.1:1';

/** One call of `lapse` and what lies in its folder, as plain data: printed and played again it is the same. */
export interface Input {
  readonly kind: 'history' | 'damage' | 'flags' | 'settings' | 'connection' | 'announcement' | 'users';
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A file of the folder that is made, or whose bytes are changed. */
  readonly file?: {
    readonly name: string;
    readonly text?: string;
    readonly gzip?: boolean;
    readonly faults: readonly FileFault[];
  };
}
