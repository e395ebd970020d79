import { Command, CommanderError } from 'commander';
import { AssayError, describe } from '../src/errors.js';
import { COMMANDS } from './commands/index.js';
import { parseSetting, toJson, type Terminal } from './context.js';
import { VERSION } from './version.js';

/** Exit codes of `assay`: 0 success, 1 a coded error, 2 a command line that cannot be understood. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one command line (without node and script) and returns the exit code. Never throws: errors are written to `err`,
 * one line, with a code; with `--json` as one JSON object.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('assay')
    .description('Assay makes the work of AI networks checkable: run jobs, serve them, re-execute and challenge them, index them.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('-c, --config <file>', 'configuration file (TOML); the environment overrides it')
    .option('--set <name=value>', 'set one configuration key; repeat for several', parseSetting, {})
    .option('--json', 'print results and errors as JSON')
    .showHelpAfterError('(assay --help lists all commands)')
    .configureOutput({ writeOut: (s) => terminal.out(s.trimEnd()), writeErr: () => undefined, outputError: () => undefined })
    .exitOverride();
  for (const register of COMMANDS) register(program, { terminal });
  for (const command of descendants(program)) {
    command.exitOverride();
    command.configureOutput(program.configureOutput());
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      const message = error.message.replace(/^error: /, '').split('\n')[0]!;
      // A bare `assay` shows its help, and is still no success.
      const usage = error.code === 'commander.help' ? 'a command is missing' : message;
      report(terminal, args, new AssayError('CLI_USAGE', usage.replace(/\.$/, ''), { hint: 'See: assay --help' }));
      return EXIT.usage;
    }
    report(terminal, args, error);
    return error instanceof AssayError && error.code === 'CLI_ARGUMENT' ? EXIT.usage : EXIT.failed;
  }
}

function report(terminal: Terminal, args: readonly string[], error: unknown): void {
  const coded = error instanceof AssayError
    ? error
    : new AssayError('UNEXPECTED', error instanceof Error ? error.message : String(error), { decision: 'bug', cause: error instanceof Error ? error.cause : undefined });
  if (args.includes('--json')) {
    const { code, message, decision, facts, hint } = coded;
    terminal.err(toJson({ error: { code, message, decision, facts, hint } }));
    return;
  }
  terminal.err(describe(coded));
  if (process.env['ASSAY_DEBUG'] && error instanceof Error && error.stack) terminal.err(error.stack);
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((c) => [c, ...descendants(c)]);
}
