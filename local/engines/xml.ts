import type { AwsResponse } from '../endpoint/request.ts';

/** Answers of the older query protocol, in XML. */
export const xmlAnswer = (action: string, result: string): AwsResponse =>
  xml(200, `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);

export const xmlError = (code: string, message: string): AwsResponse =>
  xml(
    400,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`,
  );

/** An element per entry, in this order: `<name>text</name>`. */
export const xmlElements = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
    .join('');

const xml = (status: number, body: string): AwsResponse => ({ status, headers: { 'content-type': 'text/xml' }, body });

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
