import { Marked } from 'marked';

// Links lead to the section of another alarm, or to the web in another tab. The console does not show other pages.
const marked = new Marked({
  renderer: {
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      if (/^#[\w-]+$/.test(href)) return `<a href="#alarm-${href.slice(1)}">${text}</a>`;
      return /^https:/.test(href) ? `<a href="${href}" target="_blank" rel="noreferrer">${text}</a>` : text;
    },
  },
});

/** The sections of the runbook as HTML, by the name of their alarm, with its commands for the local stack, as they are typed here. */
export const runbookSections = (markdown: string, oncall: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    markdown
      .replaceAll(' --stack FractalWebhooks', '')
      .replaceAll('npm run oncall --', oncall)
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const [title = '', ...lines] = section.split('\n');
        return [title, marked.parse(lines.join('\n'), { async: false })];
      }),
  );
