import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

/** The files of deploy/ fit the product, and each other. What real tools say of them is in README.md. */

const here = join(import.meta.dirname, '..', 'deploy');
const repository = join(here, '..');
const read = (...path: string[]): string => readFileSync(join(here, ...path), 'utf8');
const chart = (...path: string[]): string => read('helm', 'poolkeeper', ...path);
const templates = readdirSync(join(here, 'helm', 'poolkeeper', 'templates'));

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(here, join(entry.parentPath, entry.name)));
}
const files = filesUnder(here);

/** Every variable that a server, or a command line, reads. */
function knownVariables(): Set<string> {
  const sources = ['server/config', 'cli'].flatMap((room) =>
    readdirSync(join(repository, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(repository, room, file), 'utf8')),
  );
  return new Set(sources.flatMap((source) => source.match(/POOLKEEPER_[A-Z_]*[A-Z]/g) ?? []));
}

test('every variable that is set is one that the product reads', () => {
  const known = knownVariables();
  for (const file of files) {
    const named = read(file).match(/POOLKEEPER_[A-Z_]*[A-Z]/g) ?? [];
    expect(
      named.filter((name) => !known.has(name)),
      file,
    ).toEqual([]);
  }
});

test('the ports are those of the product', () => {
  const settings = ['environment.ts', 'cluster-settings.ts'].map((file) =>
    readFileSync(join(repository, 'server', 'config', file), 'utf8'),
  );
  const [listen, cluster] = settings.map(
    (source) => /LISTEN_DEFAULT: Listen = .*port: (\d+)/.exec(source)?.[1],
  );
  expect(read('Dockerfile')).toContain(`EXPOSE ${listen} ${cluster}`);
  const ports = new Set(files.flatMap((file) => read(file).match(/\b74\d\d\b/g) ?? []));
  expect([...ports].toSorted()).toEqual([listen, cluster]);
});

test('the image has every room that the build needs, and what it copies is there', () => {
  const text = read('Dockerfile');
  const { workspaces } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  for (const room of workspaces) {
    expect(text.split(`COPY ${room}/package.json ${room}/`), room).toHaveLength(3);
  }
  expect(text).toMatch(/^USER 10001:10001$/m);
  expect(text).toMatch(/^HEALTHCHECK .*healthcheck[.]js/m);
});

test('the compose file has three replicas that differ in their names alone, and the proxy knows each', () => {
  const { services } = parse(read('compose', 'compose.yaml'), { merge: true }) as {
    services: Record<string, { environment: Record<string, string>; build?: unknown }>;
  };
  const replicas = Object.entries(services).filter(([, { build }]) => build !== undefined);
  expect(replicas.map(([name]) => name)).toEqual(['pk-1', 'pk-2', 'pk-3']);
  const shared = replicas.map(([name, { environment }]) => {
    const { POOLKEEPER_REPLICA_NAME, POOLKEEPER_CLUSTER_ADDRESS, ...rest } = environment;
    expect([POOLKEEPER_REPLICA_NAME, POOLKEEPER_CLUSTER_ADDRESS]).toEqual([name, `${name}:7421`]);
    expect(read('compose', 'haproxy.cfg')).toContain(`server ${name} ${name}:7420 check`);
    return JSON.stringify(rest);
  });
  expect(new Set(shared).size).toBe(1);
  const asked = new Set(shared[0]?.match(/(?<=\$\{)[A-Z_]+/g));
  const example = new Set(read('compose', 'example.env').match(/^[A-Z_]+(?==)/gm));
  expect(example).toEqual(asked);
});

test('the values of the chart fit its schema, which knows each of them and no other', () => {
  const schema = JSON.parse(chart('values.schema.json')) as { properties: object };
  const values = parse(chart('values.yaml')) as object;
  const check = new Ajv({ strict: false }).compile(schema);
  expect(check(values), JSON.stringify(check.errors)).toBe(true);
  expect(check({ ...values, replicas: 0 })).toBe(false);
  expect(check({ ...values, typo: 1 })).toBe(false);
  const { global: _, ...known } = schema.properties as Record<string, object>;
  expect(Object.keys(known).toSorted()).toEqual(Object.keys(values).toSorted());
});

test('every value that a template names is one of the chart, and every value is used', () => {
  const values = parse(chart('values.yaml')) as Record<string, unknown>;
  const used = new Set<string>();
  for (const template of templates) {
    for (const [, path = ''] of chart('templates', template).matchAll(/[.]Values[.]([A-Za-z.]+)/g)) {
      used.add(path.split('.')[0] ?? '');
      const found = path
        .split('.')
        .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], values);
      expect(found, `${template}: ${path}`).not.toBeUndefined();
    }
  }
  expect([...used].toSorted()).toEqual(Object.keys(values).toSorted());
});

test('what a template opens it closes, and what it includes is defined', () => {
  const defined = new Set(
    [...chart('templates', '_helpers.tpl').matchAll(/define "([^"]+)"/g)].map(([, name]) => name),
  );
  for (const template of templates) {
    const text = chart('templates', template);
    const opened = text.match(/\{\{-? (if|with|range|define) /g)?.length ?? 0;
    expect(text.match(/\{\{-? end -?\}\}/g)?.length ?? 0, template).toBe(opened);
    for (const [, name] of text.matchAll(/include "([^"]+)"/g)) expect(defined, template).toContain(name);
  }
});

/** Written by hand: what stands alone on a line goes, what stands in a line becomes a word. What Helm makes of it, README.md says. */
test('without its actions each template is YAML', () => {
  for (const template of templates.filter((name) => name.endsWith('.yaml'))) {
    const text = chart('templates', template)
      .split('\n')
      .filter((line) => !/^\s*\{\{.*\}\}$/.test(line))
      .join('\n')
      .replaceAll(/\{\{-? (toYaml|include "poolkeeper[.](labels|selector)").*?\}\}/g, '{}')
      .replaceAll(/"([^"\n{]*)\{\{.*?\}\}([^"\n]*)"/g, '"$1x$2"')
      .replaceAll(/\{\{.*?\}\}/g, 'x');
    for (const { errors } of parseAllDocuments(text)) expect(errors.map(String), template).toEqual([]);
  }
});

test('the units run the command that there is, as nobody special', () => {
  for (const unit of ['poolkeeper.service', 'poolkeeper@.service']) {
    const text = read('systemd', unit);
    expect(text, unit).toMatch(/^ExecStart=\/usr\/bin\/poolkeeper serve$/m);
    expect(text, unit).toMatch(/^User=poolkeeper$/m);
    expect(text, unit).toMatch(/^ProtectSystem=strict$/m);
  }
});
