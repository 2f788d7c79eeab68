// Starts Swagger UI on the page, and gives its lists of choices the names that it leaves out for screen readers.
SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api' })

function nameLists() {
  for (const list of document.querySelectorAll('select:not([aria-label])')) {
    list.setAttribute('aria-label', list.closest('tr')?.dataset.paramName ?? 'Server')
  }
}

new MutationObserver(nameLists).observe(document.body, { childList: true, subtree: true })
