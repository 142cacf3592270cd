import { GetAliasCommand, InvokeCommand, type LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { describeError, Problem } from '../log.ts';
import type { Surroundings } from './check.ts';

/** The versions of functions in Lambda, by their ARNs: `arn:…:function:NAME:VERSION`. */
export const createVersions = (client: LambdaClient): Surroundings['functions'] => {
  const liveVersion = async (version: string, Name: string): Promise<string | undefined> => {
    try {
      return (await client.send(new GetAliasCommand({ FunctionName: functionOf(version), Name }))).FunctionVersion;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };

  return {
    isLive: async (version, alias) => (await liveVersion(version, alias)) === version.split(':').at(-1),
    hasAlias: async (version, alias) => (await liveVersion(version, alias)) !== undefined,
    invoke: async (version, event) => {
      const { FunctionError, Payload } = await client
        .send(new InvokeCommand({ FunctionName: version, Payload: JSON.stringify(event) }))
        .catch((error) => {
          throw new Problem(describeError(error));
        });
      const answer = JSON.parse(Payload?.transformToString() ?? 'null');
      if (FunctionError) throw new Problem(`${functionOf(version)} fails: ${answer?.errorType}: ${answer?.errorMessage}`);
      return answer;
    },
  };
};

const functionOf = (version: string): string => version.split(':').slice(0, -1).join(':');
