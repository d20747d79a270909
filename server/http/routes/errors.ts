import { ERRORS } from '@poolkeeper/core';
import type { ErrorCode } from '@poolkeeper/core';
import type { AddRoutes } from '../parts.ts';
import { statusOf } from '../problem.ts';

/** `GET /errors`: the page that the `type` of every problem points into. */
export const addErrors: AddRoutes = (app) => {
  const page = renderErrors();
  app.get('/errors', { config: { access: 'open' }, schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', 'text/html; charset=utf-8').send(page),
  );
};

/** The catalogue as a page. Codes and titles are ours and hold nothing that HTML would read otherwise. */
function renderErrors(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[]).map(
    (code) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${statusOf(code)}</td><td>${ERRORS[code].title}</td></tr>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Errors of Poolkeeper</title>',
    '<style>body{font-family:system-ui;margin:2rem}td,th{padding:.3rem .8rem;text-align:left}tr:target{background:#fd6}</style>',
    '</head><body><h1>Errors</h1><p>Programs decide by <code>code</code>; <code>detail</code> is for people.</p>',
    `<table><thead><tr><th>Code</th><th>Status</th><th>What it means</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
    '</body></html>',
  ].join('\n');
}
