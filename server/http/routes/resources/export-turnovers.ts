import { Readable } from 'node:stream';
import type { Token } from '@poolkeeper/core';
import { EXPORT_FORMAT } from '@poolkeeper/turnover-record';
import type { ExportHead, SealedTurnover } from '@poolkeeper/turnover-record';
import type { Keeper } from '../../../keeper/contract.ts';
import { OVERSEERS } from '../../access.ts';
import type { AddRoutes, SigningKeysPart } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { TurnoverExport } from '../../schemas/turnover.ts';
import { findStanding, noTurnovers, readTurnovers, requireVisible, TURNOVER_PAGE } from './find-turnovers.ts';

/**
 * `GET /v1/resources/{id}/turnovers/export`: the chain as the file that `poolkeeper verify` reads, with its signed end. It is sent
 * as it is read: a chain may be longer than memory should be asked for.
 */
export const addExportTurnovers: AddRoutes = (app, { keeper, signingKeys }) => {
  app.get(
    '/resources/:id/turnovers/export',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'exportTurnovers',
        tags: ['resources'],
        summary: 'Export what was proven, to be verified anywhere',
        params: IdPath,
        response: { 200: TurnoverExport },
      },
    },
    async ({ params: { id }, token }, reply) => {
      const { isGone, chain } = await findStanding(keeper, id, token);
      const end = isGone ? await endOfGone(keeper, id, token) : (chain ?? { count: 0, hash: null });
      const head = { resource: id, count: end.count, hash: end.hash, exportedAt: keeper.now() };
      const stream = Readable.from(writeChain(keeper, signingKeys, head));
      return reply.header('content-type', 'application/json; charset=utf-8').send(stream as never);
    },
  );
};

/** Where the chain of a resource ends that the world does not know any more. Errors: `resource_not_found`. */
async function endOfGone(
  keeper: Keeper,
  id: string,
  token: Token,
): Promise<Pick<ExportHead, 'count' | 'hash'>> {
  let last: SealedTurnover | undefined;
  for (;;) {
    const after = last?.record.number ?? 0;
    const page = await readTurnovers(keeper, { resource: id, after, limit: TURNOVER_PAGE });
    requireVisible(id, page, token);
    last = page.at(-1) ?? last;
    if (page.length < TURNOVER_PAGE) break;
  }
  if (last === undefined) throw noTurnovers(id);
  return { count: last.record.number, hash: last.hash };
}

/** The text of the file, page by page. What was recorded after the head was made is left to the next export. */
async function* writeChain(
  keeper: Keeper,
  signingKeys: SigningKeysPart,
  head: ExportHead,
): AsyncGenerator<string, void, undefined> {
  const { resource, count } = head;
  yield `{"format":${JSON.stringify(EXPORT_FORMAT)},"chains":[{"resource":${JSON.stringify(resource)},"records":[`;
  let after = 0;
  while (after < count) {
    const limit = Math.min(TURNOVER_PAGE, count - after);
    const page = await readTurnovers(keeper, { resource, after, limit });
    if (page.length === 0) break;
    yield `${after === 0 ? '' : ','}\n${page.map((turnover) => JSON.stringify(turnover)).join(',\n')}`;
    after = page.at(-1)?.record.number ?? count;
  }
  yield `\n],"head":${JSON.stringify(signingKeys.sealHead(head))}}]}\n`;
}
