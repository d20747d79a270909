import type { Command } from 'commander';
import type { Runtime } from '../runtime.ts';
import { addBoskosCommand } from './compat-boskos.ts';
import { addAcctpoolCommand } from './compat-acctpool.ts';
import { addCloudpoolCommand } from './compat-cloudpool.ts';

/** `poolkeeper compat …`: one command for each server that can be stood in for. */
export function addCompatCommands(program: Command, runtime: Runtime, version: string): void {
  const compat = program.command('compat').description('stand in for servers of others, for their clients');
  addCloudpoolCommand(compat, runtime, version);
  addBoskosCommand(compat, runtime, version);
  addAcctpoolCommand(compat, runtime);
}
