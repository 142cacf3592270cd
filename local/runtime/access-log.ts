/** What API Gateway knows of a request, by the names of `$context`. */
export type RequestContext = Readonly<Record<string, string | number>>;

/** The access log's line for a request, in this format; what is not known is `-`, as with API Gateway. */
export const accessLogLine = (format: string, context: RequestContext): string =>
  format.replace(/\$context\.([a-zA-Z.]+)/g, (_, name: string) => String(context[name] ?? '-'));
