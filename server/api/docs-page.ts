/** The page of `/docs` and the two files of our own that it loads. Text, so that a bundle has them. */

/** The page. Its links are relative: the server may be published below a path. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Banner pools: API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
</head>
<body>
<nav class="back" aria-label="Site"><a href="./">Banner pools</a></nav>
<main id="api"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

/** Starts Swagger UI in the colours that the visitor prefers, and gives its lists of choices the names that it leaves out for screen readers. */
export const START = `const dark = matchMedia('(prefers-color-scheme: dark)')
function setColours() {
  document.documentElement.classList.toggle('dark-mode', dark.matches)
}
setColours()
dark.addEventListener('change', setColours)

SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  defaultModelsExpandDepth: 0,
  defaultModelRendering: 'example',
})

function nameLists() {
  for (const list of document.querySelectorAll('select:not([aria-label])')) {
    list.setAttribute('aria-label', list.closest('tr')?.dataset.paramName ?? 'Server')
  }
}

new MutationObserver(nameLists).observe(document.body, { childList: true, subtree: true })
`

/** What of Swagger UI's colours has too little contrast, darker: 4.5:1 at least. */
export const STYLE = `:root {
  color-scheme: light dark;
}

body {
  margin: 0;
}

.back {
  box-sizing: border-box;
  margin: 0 auto;
  padding: 1rem 20px 0;
  max-width: 1460px;
  font: 600 1rem/1.5 system-ui, sans-serif;
}

.back a {
  color: #0550ae;
}

html.dark-mode .back a,
html.dark-mode .swagger-ui .info .link .url {
  color: #79c0ff;
}

.swagger-ui .info .title small.version-stamp {
  background: #3f6b00;
}

html:not(.dark-mode) .swagger-ui .info .link .url {
  color: #0550ae;
}

.swagger-ui .opblock.opblock-get .opblock-summary-method {
  background: #0550ae;
}

html:not(.dark-mode) .swagger-ui .parameter__in,
html:not(.dark-mode) .swagger-ui .json-schema-2020-12-expand-deep-button {
  color: #57606a;
}

/* Swagger UI writes the colour of numbers in examples into the element. */
.swagger-ui .highlight-code .microlight span[style*="211, 99, 99"] {
  color: #f0a0a0 !important;
}
`
