import { HtmlValidate } from 'html-validate'

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    // Matters of taste: hono/jsx writes `<img/>` and `required=""`, which are HTML as well.
    'void-style': 'off',
    'attribute-boolean-style': 'off',
    // The doctype is lower case in all of our pages, as the HTML standard writes it.
    'doctype-style': ['error', { style: 'lowercase' }],
  },
})

/** What html-validate finds in a page: rule, message and line of each fault. */
export async function faultsOf(html: string): Promise<string[]> {
  const { results } = await validator.validateString(html)
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${ruleId}: ${message} (line ${line})`),
  )
}
