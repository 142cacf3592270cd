import { Marked } from 'marked';

// Links lead to other sections and pages, which the console does not show; those of the web open in another tab.
const marked = new Marked({
  renderer: {
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return /^https:/.test(href) ? `<a href="${href}" target="_blank" rel="noreferrer">${text}</a>` : text;
    },
  },
});

/** The sections of the runbook as HTML, by the name of their alarm, with its commands for the local stack. */
export const runbookSections = (markdown: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    markdown
      .replaceAll(' --stack FractalWebhooks', '')
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [title = '', ...lines] = section.split('\n');
        return [title, marked.parse(lines.join('\n'), { async: false })];
      }),
  );
