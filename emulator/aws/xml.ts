import type { AwsResponse } from './request.ts';

/** An answer in the XML of the older query protocol. */
export const xmlAnswer = (action: string, result: string): AwsResponse =>
  xml(200, `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);

export const xmlError = (Code: string, Message: string, status = 400): AwsResponse => {
  const facts = xmlElements({ Type: status < 500 ? 'Sender' : 'Receiver', Code, Message });
  return xml(status, `<ErrorResponse><Error>${facts}</Error></ErrorResponse>`);
};

/** An error of S3, which has a root of its own. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const s3Error = (Code: string, Message: string, status: number): AwsResponse =>
  xml(status, `<Error>${xmlElements({ Code, Message })}</Error>`);

/** An element per entry, in this order: `<name>text</name>`. */
export const xmlElements = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
    .join('');

const xml = (status: number, body: string): AwsResponse => ({ status, headers: { 'content-type': 'text/xml' }, body });

// XML parsers turn a literal carriage return into a line feed: https://www.w3.org/TR/xml/#sec-line-ends
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
