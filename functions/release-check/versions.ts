import { GetAliasCommand, InvokeCommand, type LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { describeError, Problem } from '../log.ts';
import type { Dependencies } from './check.ts';

/** Lambda function versions, identified by ARN: `arn:…:function:NAME:VERSION`. */
export const createVersions = (client: LambdaClient): Dependencies['functions'] => {
  return {
    liveVersion: async (version, Name) => {
      const FunctionName = functionOf(version);
      try {
        const { FunctionVersion } = await client.send(new GetAliasCommand({ FunctionName, Name }));
        return `${FunctionName}:${FunctionVersion}`;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
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
