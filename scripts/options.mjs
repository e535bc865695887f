// Flags of the scripts that are run by hand: read before anything is built, refused with one line, told by --help.
import { parseArgs } from 'node:util';

const helpOf = ({ usage, what, flags, examples }) => {
  const names = Object.entries(flags).map(([name, { takes }]) => (takes ? `--${name} ${takes}` : `--${name}`));
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.values(flags).map(({ says, otherwise }, i) => {
    const unless = otherwise === undefined || otherwise === '' ? '' : ` (default ${otherwise})`;
    return `  ${names[i].padEnd(width)}  ${says}${unless}`;
  });
  return [what, '', `usage: ${usage}`, ...lines, '', 'Examples:', ...examples.map((line) => `  ${line}`)].join('\n');
};

const refuse = (command, message) => {
  process.stderr.write(`${message}\nusage: ${command.usage}   (--help says more)\n`);
  process.exit(2);
};

const numberOf = (command, name, text) => {
  const { min = 0, max = 10_000_000_000 } = command.flags[name];
  if (/^\d{1,11}(\.\d{1,3})?$/.test(text) && Number(text) >= min && Number(text) <= max) {
    if (command.flags[name].isFraction || Number.isInteger(Number(text))) return Number(text);
  }
  const kind = command.flags[name].isFraction ? 'a number' : 'a whole number';
  return refuse(command, `--${name} must be ${kind} from ${min} to ${max}, not ${text === '' ? 'nothing' : text}`);
};

/**
 * The flags of this call by name, numbers read and within their bounds. A flag that takes `N`, `M`, … anything but `TEXT` or
 * `FILE` is a number; one that takes nothing is a switch. Ends the process: 0 for --help, 2 for a flag that is none.
 */
export const readOptions = (command, args = process.argv.slice(2)) => {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, { takes }]) => [name, { type: takes ? 'string' : 'boolean' }]),
  );
  let values;
  try {
    ({ values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } }));
  } catch (error) {
    return refuse(command, error.message.split(/[.]?(?: |\n)(?=[A-Z])/)[0]);
  }
  if (values.help) {
    console.log(helpOf(command));
    process.exit(0);
  }
  return Object.fromEntries(
    Object.entries(command.flags).map(([name, { takes, otherwise }]) => {
      const given = values[name];
      if (!takes) return [name, given === true];
      if (given === undefined) return [name, otherwise];
      return [name, ['TEXT', 'FILE'].includes(takes) ? given : numberOf(command, name, given)];
    }),
  );
};
