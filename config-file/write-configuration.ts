import { stringify } from 'yaml';

const WIDTH = 120;
const HEAD =
  '# The configuration of a Poolkeeper server. Change it, see what that would do with "poolkeeper plan -f FILE", then apply it.\n';

/** A configuration as a file for people, in YAML. */
export function writeConfiguration(value: object): string {
  return HEAD + stringify(value, { lineWidth: WIDTH, aliasDuplicateObjects: false });
}
