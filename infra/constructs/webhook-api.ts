import { Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ingestTiming } from '../timing.ts';

const PATH = '/webhooks/fractal';

/** The HTTP API with its one route. What it answers is up to the function, which knows who signed. */
export class WebhookApi extends Construct {
  readonly url: string;
  readonly serverErrors: Metric;

  constructor(scope: Construct, id: string, ingest: LambdaFunction) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      description: `${Stack.of(this).stackName}: notifications from Fractal ID`,
    });
    api.addRoutes({
      path: PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Ingest', ingest, { timeout: ingestTiming.answerWithin }),
    });
    this.serverErrors = api.metricServerError();
    this.url = `${api.apiEndpoint}${PATH}`;
  }
}
