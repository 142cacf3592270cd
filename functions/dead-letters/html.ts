import { visible } from '../words/visible.ts';

/** Markup in which all foreign text is escaped. */
export interface Html {
  readonly markup: string;
}

type Content = Html | string | number | false | undefined | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes markup, and makes control and formatting characters visible. */
const escaped = (text: string): string =>
  text
    .split('\n')
    .map((line) => visible(line).replace(/[&<>"']/g, (character) => ENTITIES[character] as string))
    .join('\n');

const markupOf = (content: Content): string => {
  if (content === false || content === undefined) return '';
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content));
  return 'markup' in content ? content.markup : content.map(({ markup }) => markup).join('');
};

/** Builds markup from a template. Interpolated strings are escaped; `Html` is inserted as is. */
export const html = ({ raw: [first = '', ...others] }: TemplateStringsArray, ...contents: readonly Content[]): Html => ({
  markup: others.reduce((markup, part, index) => markup + markupOf(contents[index]) + part, first),
});
