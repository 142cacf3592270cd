/** API Gateway's `$context` variables of a request. */
export type RequestContext = Readonly<Record<string, string | number>>;

/** A line of the access log. As in API Gateway, unknown variables are `-`. */
export const accessLogLine = (format: string, context: RequestContext): string =>
  format.replace(/\$context\.([a-zA-Z.]+)/g, (_, name: string) => String(context[name] ?? '-'));
