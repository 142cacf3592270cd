import { Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { DomainName, HttpApi, HttpMethod, type HttpRoute, HttpStage, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { ingestTiming } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { addOutput } from './add-output.ts';
import { withoutStreams } from './log-groups.ts';

export interface WebhookApiProps {
  readonly settings: Pick<
    Settings,
    | 'throttleRate'
    | 'throttleBurst'
    | 'webhookPath'
    | 'formerWebhookPaths'
    | 'domainName'
    | 'certificateArn'
    | 'disableDefaultUrl'
  >;
  readonly ingest: IFunction;
  readonly accessLogs: ILogGroup;
}

/** The HTTP API with a route for each path. Authentication is up to ingest, which verifies the signature. */
export class WebhookApi extends Construct {
  /** The API's own URL, until it is disabled: a new domain name has no DNS record yet. */
  readonly url: string;
  /** The other URLs at which the webhook answers. */
  readonly otherUrls: readonly string[];
  readonly received: Metric;
  readonly serverErrors: Metric;
  readonly latency: Metric;

  constructor(scope: Construct, id: string, { settings, ingest, accessLogs }: WebhookApiProps) {
    super(scope, id);
    const { throttleRate, throttleBurst, webhookPath, formerWebhookPaths, domainName, certificateArn, disableDefaultUrl } =
      settings;
    const api = new HttpApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      description: `${Stack.of(this).stackName}: notifications from Fractal ID`,
      createDefaultStage: false,
      disableExecuteApiEndpoint: disableDefaultUrl,
    });
    const paths = [webhookPath, ...formerWebhookPaths];
    for (const path of paths) {
      const [route] = api.addRoutes({
        path,
        methods: [HttpMethod.POST],
        // One per route, so that a path that becomes a former one keeps its resources.
        integration: new HttpLambdaIntegration('Ingest', ingest, { timeout: ingestTiming.answerWithin }),
      });
      acknowledge(
        route as HttpRoute,
        'Fractal signs each request with an HMAC over its body. Ingest verifies it before anything else; an authorizer could not, because it does not receive the body.',
        ['AwsSolutions-APIG4'],
      );
    }
    const domain = domainName !== undefined && certificateArn !== undefined && this.ownDomain(domainName, certificateArn);
    new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: throttleRate, burstLimit: throttleBurst },
      accessLogSettings: {
        destination: { bind: () => ({ destinationArn: withoutStreams(accessLogs) }) },
        format: AccessLogFormat.custom(ACCESS_LOG_LINE),
      },
      ...(domain && { domainMapping: { domainName: domain } }),
    });
    const origins = [...(disableDefaultUrl ? [] : [api.apiEndpoint]), ...(domain ? [`https://${domainName}`] : [])];
    const [url = '', ...otherUrls] = origins.flatMap((origin) => paths.map((path) => `${origin}${path}`));
    this.url = url;
    this.otherUrls = otherUrls;
    this.received = api.metricCount();
    this.serverErrors = api.metricServerError();
    this.latency = api.metricLatency();
  }

  private ownDomain(domainName: string, certificateArn: string): DomainName {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domain = new DomainName(this, 'Domain', { domainName, certificate, securityPolicy: SecurityPolicy.TLS_1_2 });
    const description = `The target for the DNS record of ${domainName} (CNAME, or an alias in Route 53)`;
    addOutput(this, 'DomainTarget', domain.regionalDomainName, description);
    return domain;
  }
}

// One short line per request: auditors ask for time and source, and every byte costs. The status is needed to count throttled
// requests.
const ACCESS_LOG_LINE = JSON.stringify({
  requestId: '$context.requestId',
  ip: '$context.identity.sourceIp',
  status: '$context.status',
  ms: '$context.responseLatency',
});
