// A small provider of files, for tests: each resource is a file in its state directory. The template may say how long a
// creation takes.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit, pid, stderr, stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';

// As a stream: what is read at once fails (EAGAIN) where the other end has not written yet and the descriptor does not wait.
const asked = JSON.parse(await text(stdin));
const folder = join(asked.stateDirectory, 'things');
mkdirSync(folder, { recursive: true });
const describe = (id) => ({
  externalId: `thing-${id}`,
  liveness: 'LIVE',
  endpoints: { file: `file://${folder}/${id}` },
});

const operations = {
  create() {
    const { resource, template } = asked;
    if (template?.refused === true) {
      stderr.write(`template.refused is not allowed; the password is ${env.PASSWORD}\n`);
      exit(65);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, template?.sleepMs ?? 0);
    const path = join(folder, resource.id);
    if (!existsSync(path)) {
      writeFileSync(join(asked.stateDirectory, `${resource.id}.${pid}`), JSON.stringify(asked));
      renameSync(join(asked.stateDirectory, `${resource.id}.${pid}`), path);
    }
    return describe(resource.id);
  },
  observe() {
    return { resources: readdirSync(folder).map((id) => ({ resource: id, ...describe(id) })) };
  },
  destroy() {
    rmSync(join(folder, asked.resource.id), { force: true });
    return { state: 'gone' };
  },
  act() {
    const path = join(folder, asked.resource.id);
    if (!existsSync(path)) {
      stderr.write(`there is no thing of ${asked.resource.id}\n`);
      exit(66);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, asked.input.sleepMs ?? 0);
    stderr.write(`${asked.action} of ${asked.resource.id}\n`);
    return { evidence: { did: asked.action, key: asked.idempotencyKey } };
  },
};

stdout.write(JSON.stringify(operations[argv.at(-1)]()));
