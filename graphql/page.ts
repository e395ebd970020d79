import type { ServerResponse } from 'node:http';
import { exampleQueries } from './examples.js';

// One page for people who open the URL in a browser. It loads nothing: GraphiQL's own page comes from a CDN.

const EXAMPLES = JSON.stringify(exampleQueries({ faultedJob: '2', finalJob: '1', proposal: '1' })).replaceAll('<', '\\u003c');

const HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Assay GraphQL</title><meta name="viewport" content="width=device-width">
<style>
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:72rem;padding:1rem}
main{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr))}
textarea,pre{box-sizing:border-box;width:100%;font:13px/1.45 ui-monospace,monospace;border:1px solid #8888;border-radius:4px;padding:.6rem;margin:0}
#query{height:24rem}#variables{height:4rem;margin-top:.5rem}pre{overflow:auto;height:29rem}nav button{margin:0 .4rem .4rem 0}
</style></head><body>
<h1>Assay</h1><p>Every answer names the block that it speaks of under <code>extensions.chain</code>. Ctrl+Enter runs a query.</p>
<nav id="examples" aria-label="Examples"></nav>
<main><div><label for="query">Query</label><textarea id="query" spellcheck="false"></textarea>
<label for="variables">Variables</label><textarea id="variables" spellcheck="false">{}</textarea><button id="run">Run</button></div>
<div><label for="answer">Answer</label><pre id="answer" tabindex="0" aria-live="polite"></pre></div></main>
<script>
const byId = (id) => document.getElementById(id);
const run = async () => {
  try {
    const body = JSON.stringify({ query: byId('query').value, variables: JSON.parse(byId('variables').value || '{}') });
    const response = await fetch(location.pathname, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    byId('answer').textContent = JSON.stringify(await response.json(), null, 2);
  } catch (error) { byId('answer').textContent = String(error); }
};
for (const example of ${EXAMPLES}) {
  const button = document.createElement('button');
  button.textContent = example.title;
  button.onclick = () => { byId('query').value = example.query; byId('variables').value = JSON.stringify(example.variables); run(); };
  byId('examples').append(button);
}
byId('run').onclick = run;
addEventListener('keydown', (event) => { if (event.ctrlKey && event.key === 'Enter') run(); });
byId('examples').lastChild.click();
</script></body></html>
`;

/** Answers with the page; the policy forbids it to load anything. */
export function page(response: ServerResponse): void {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
    })
    .end(HTML);
}
