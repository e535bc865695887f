export { compareLogs, type Comparison } from './compare-logs.js';
export { CopyError } from './copy-error.js';
export { copyLog, differs, type CopyProgress, type CopySummary } from './copy-log.js';
