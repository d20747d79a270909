/** The query protocol of EC2 as a stand-in speaks it: flat parameters in, XML out. */

export type Params = Readonly<Record<string, string>>;

export class Ec2Fault extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The texts of `prefix.1`, `prefix.2` and so on. */
export function listOf(params: Params, prefix: string): string[] {
  const found: string[] = [];
  for (let index = 1; params[`${prefix}.${index}`] !== undefined; index += 1) {
    found.push(params[`${prefix}.${index}`] ?? '');
  }
  return found;
}

/** `prefix.1.Key` and `prefix.1.Value`, and so on; what has no value is null. */
export function tagsOf(params: Params, prefix: string): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (let index = 1; params[`${prefix}.${index}.Key`] !== undefined; index += 1) {
    found[params[`${prefix}.${index}.Key`] ?? ''] = params[`${prefix}.${index}.Value`] ?? null;
  }
  return found;
}

/** `Filter.1.Name` and its values. */
export function filtersOf(params: Params): { name: string; values: string[] }[] {
  const found: { name: string; values: string[] }[] = [];
  for (let index = 1; params[`Filter.${index}.Name`] !== undefined; index += 1) {
    found.push({
      name: params[`Filter.${index}.Name`] ?? '',
      values: listOf(params, `Filter.${index}.Value`),
    });
  }
  return found;
}

export type XmlTree = string | readonly XmlTree[] | { readonly [name: string]: XmlTree | undefined };

/** Lists are `<item>`s, as everywhere in EC2. */
export function xmlOf(tree: XmlTree): string {
  if (typeof tree === 'string') return escape(tree);
  if (Array.isArray(tree)) return tree.map((item: XmlTree) => `<item>${xmlOf(item)}</item>`).join('');
  return Object.entries(tree)
    .filter((entry): entry is [string, XmlTree] => entry[1] !== undefined)
    .map(([name, value]) => `<${name}>${xmlOf(value)}</${name}>`)
    .join('');
}

export function answerOf(action: string, tree: XmlTree): string {
  const body = xmlOf({ requestId: 'req-1' }) + xmlOf(tree);
  return `<?xml version="1.0" encoding="UTF-8"?><${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${body}</${action}Response>`;
}

export function faultOf({ code, message }: Ec2Fault): string {
  const errors = xmlOf({ Errors: { Error: { Code: code, Message: message } }, RequestID: 'req-1' });
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${errors}</Response>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
