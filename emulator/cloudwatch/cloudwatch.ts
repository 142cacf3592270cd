import { parseJson } from '../aws/parse-json.ts';
import { awsAnswer, type Service } from '../aws/request.ts';
import type { Creator } from '../template/resolve.ts';
import { createAlarms, type Notify } from './alarms.ts';
import { graphsOf, type Widget } from './graphs.ts';
import { metricData } from './metric-data.ts';
import { type MetricFilter, readMetricFilter } from './metric-filter.ts';
import { createMetrics, type MetricName } from './metrics.ts';

const EVALUATE_EVERY_MS = 1_000;

export interface CloudWatchOptions {
  /** Puts metrics that are polled, such as a queue's depth. Called before each evaluation. */
  sample(put: (metric: MetricName, value: number) => void): void;
  readonly notify: Notify;
}

/** CloudWatch, as far as this project uses it: metrics, metric filters, alarms and dashboards. */
export const createCloudWatch = ({ sample, notify }: CloudWatchOptions) => {
  const metrics = createMetrics();
  const filters: MetricFilter[] = [];
  const alarms = createAlarms(metrics, notify);
  const put = (metric: MetricName, value: number): void => metrics.put(metric, value, Date.now());

  let timer: NodeJS.Timeout | undefined;

  const createMetricFilter: Creator = (id, properties) => {
    filters.push(readMetricFilter(properties));
    return { ref: id };
  };

  const widgets: Widget[] = [];
  const createDashboard: Creator = (id, { DashboardBody }) => {
    widgets.push(...JSON.parse(DashboardBody).widgets);
    return { ref: id };
  };

  const serve: Service = async (request) => {
    if (request.action === 'GetMetricData') return awsAnswer(metricData(metrics, JSON.parse(request.body.toString())));
    return alarms.serve(request);
  };

  return {
    creators: {
      'AWS::CloudWatch::Dashboard': createDashboard,
      'AWS::CloudWatch::Alarm': alarms.create,
      'AWS::Logs::MetricFilter': createMetricFilter,
    },
    serve,
    put,
    /** Applies the metric filters to a line of a log group. */
    logged: (logGroup: string, line: string): void => {
      const parsed = parseJson(line);
      for (const filter of filters) {
        const found = filter.logGroup === logGroup ? filter.read(parsed) : undefined;
        if (found) put(found.metric, found.value);
      }
    },
    /** The metrics with a value. */
    names: metrics.names,
    states: alarms.states,
    /** The widgets of the template's dashboard, and the values of its graphs. */
    widgets: () => widgets,
    graphs: () => graphsOf(widgets, metrics, Date.now()),
    /** Starts to evaluate the alarms. */
    start: (): void => {
      timer = setInterval(() => {
        sample(put);
        alarms.evaluate();
      }, EVALUATE_EVERY_MS);
    },
    stop: () => clearInterval(timer),
  };
};
