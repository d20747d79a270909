import { writeConfiguration } from '@poolkeeper/config-file';
import { Shared } from '../../../schemas/common.ts';
import { ConfigurationInput } from '../../../schemas/configuration.ts';
import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { viewConfiguration } from '../../views/configuration.ts';

const YAML_TYPE = 'application/yaml';

/** `GET /v1/config`: the configuration that the world now has. */
export const addGetConfiguration: AddRoutes = (app, { keeper }) => {
  app.get(
    '/config',
    {
      config: { access: ADMINS },
      // It is made by the same types; to be written by its schema it would have to be checked against all kinds of steps.
      serializerCompiler: () => JSON.stringify,
      schema: {
        operationId: 'getConfiguration',
        tags: ['configuration'],
        summary: 'Get the configuration',
        description:
          'Providers, workflows, profiles, pools and resources registered by hand, as a configuration that plans to nothing. With ' +
          '`Accept: application/yaml` as a file for people.',
        response: { 200: Shared(ConfigurationInput) },
      },
    },
    async (request, reply) => {
      const configuration = await keeper.read(viewConfiguration);
      if (!wantsYaml(request.headers.accept)) return configuration;
      reply.header('content-type', `${YAML_TYPE}; charset=utf-8`).serializer(String);
      return writeConfiguration(configuration) as never;
    },
  );
};

function wantsYaml(accept: string | undefined): boolean {
  return accept?.split(',').some((part) => part.split(';')[0]?.trim() === YAML_TYPE) === true;
}
