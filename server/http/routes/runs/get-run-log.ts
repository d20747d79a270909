import { OVERSEERS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { RunLogStream } from '../../run-log-stream.ts';
import { IdPath } from '../../schemas/path.ts';
import { RUN_LOG_LIMIT_DEFAULT, RunLogEntry, RunLogQuery } from '../../schemas/run-log.ts';
import { beginStream, lastEventIdOf, STREAM_TYPE, wantsStream } from '../../stream-request.ts';
import { logText, viewRunLogEntry } from '../../views/run-log.ts';
import { requireRun } from './require-run.ts';

const LINES_TYPE = 'application/x-ndjson';

/** `GET /v1/runs/{id}/log`: what the steps of a run put out, as a text, as entries, or as it comes. */
export const addGetRunLog: AddRoutes = (app, { keeper, runLogs, timers, eventStreams }) => {
  app.get(
    '/runs/:id/log',
    {
      exposeHeadRoute: false,
      config: { access: OVERSEERS },
      schema: {
        operationId: 'getRunLog',
        tags: ['runs'],
        summary: 'Show what the steps of a run put out, or follow it',
        description:
          `A text; with \`Accept: ${LINES_TYPE}\` one entry as JSON each line. Where there is more, the header \`Link\` says where. ` +
          `With \`Accept: ${STREAM_TYPE}\` entries come as they are written down, each as \`event: output\` with its number as \`id\`, ` +
          'and `event: end` when the run is over; `Last-Event-ID` or `after` goes on behind an entry. Secrets are masked. A log is ' +
          'bounded: of each attempt the beginning and the end, of a run 1 MiB.',
        params: IdPath,
        querystring: RunLogQuery,
        response: {
          200: {
            description: 'What there is of the log.',
            content: {
              [LINES_TYPE]: { schema: RunLogEntry },
              'text/plain': { schema: { type: 'string' } },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { limit = RUN_LOG_LIMIT_DEFAULT } = request.query;
      await requireRun(keeper, id, request.token);
      if (wantsStream(request)) {
        const after = lastEventIdOf(request) ?? request.query.after ?? 0;
        eventStreams.requireRoom();
        beginStream(request, reply);
        const { token } = request;
        const response = reply.raw;
        await eventStreams.serve(
          new RunLogStream({ keeper, runLogs, timers, response, run: id, after, token }),
        );
        return reply;
      }
      const entries = await runLogs.read({ run: id, after: request.query.after ?? 0, limit });
      const last = entries.at(-1);
      if (last !== undefined && entries.length === limit) {
        reply.header(
          'link',
          `</v1/runs/${encodeURIComponent(id)}/log?after=${last.seq}&limit=${limit}>; rel="next"`,
        );
      }
      reply.header('x-content-type-options', 'nosniff');
      const isLines = request.headers.accept?.includes(LINES_TYPE) === true;
      const body = isLines
        ? entries.map((entry) => `${JSON.stringify(viewRunLogEntry(entry))}\n`).join('')
        : logText(entries);
      return reply
        .header('content-type', isLines ? LINES_TYPE : 'text/plain; charset=utf-8')
        .serializer((text: string) => text)
        .send(body as never);
    },
  );
};
