import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import type { StackClient } from './stack-client.ts';

/** A clickable element, as CloudWatch reads it from the markup. */
export interface Control {
  readonly label: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly endpoint: string | undefined;
  readonly display: string | undefined;
  readonly confirmation: string | undefined;
}

/** Parsed markup: elements with attributes, text, and clickable elements. */
export interface Page {
  readonly markup: string;
  readonly text: string;
  readonly elements: readonly { readonly name: string; readonly attributes: readonly string[] }[];
  readonly controls: readonly Control[];
}

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const isElement = (node: Node): node is Element => 'tagName' in node;
const textOf = (node: Node): string =>
  'value' in node ? node.value : isElement(node) ? node.childNodes.map(textOf).join(node.tagName === 'tr' ? ' | ' : '') : '';

export const readPage = (markup: string): Page => {
  const elements: Element[] = [];
  const collect = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (!isElement(node)) continue;
      elements.push(node);
      collect(node.childNodes);
    }
  };
  const { childNodes } = parseFragment(markup);
  collect(childNodes);
  const controls = elements
    .filter(({ tagName }) => tagName === 'cwdb-action')
    .map((action): Control => {
      const siblings = action.parentNode?.childNodes ?? [];
      const before = siblings[siblings.indexOf(action) - 1];
      const attribute = (wanted: string) => action.attrs.find(({ name }) => name === wanted)?.value;
      return {
        label: before ? textOf(before) : '',
        parameters: JSON.parse(textOf(action)),
        endpoint: attribute('endpoint'),
        display: attribute('display'),
        confirmation: attribute('confirmation'),
      };
    });
  return {
    markup,
    text: childNodes.map(textOf).join(''),
    elements: elements.map(({ tagName: name, attrs }) => ({ name, attributes: attrs.map((one) => one.name) })),
    controls,
  };
};

/** Invokes the dashboard widget as CloudWatch does. @param accessKeyId determines the permissions of the viewer */
export const openWidget = async (stack: StackClient, accessKeyId = 'any') => {
  const functions = await stack.view<{ name: string }[]>('processes');
  const FunctionName = functions.find(({ name }) => /DeadLettersWidget/.test(name))?.name;
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  const lambda = new LambdaClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
  const call = async (parameters: object = {}): Promise<string> => {
    const event = { ...parameters, widgetContext: { dashboardName: 'any', theme: 'dark', width: 800, height: 400 } };
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    const answer = JSON.parse(Payload?.transformToString() ?? '');
    if (FunctionError) throw new Error(JSON.stringify(answer));
    return answer;
  };
  return { call, open: async (parameters?: object): Promise<Page> => readPage(await call(parameters)) };
};
