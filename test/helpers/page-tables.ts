/** What a page says, as its reader sees it: tables by their titles, and lists of names with values. */
import { parseHTML } from 'linkedom'
import { expect } from 'vitest'

/** A row of a table: cells by the titles of their columns. */
type Cells = Readonly<Record<string, string>>

/** A page. */
export interface PageTables {
  /** The rows of each table, by the beginning of its caption. */
  readonly rows: (caption: string) => readonly Cells[]
  /** Names and values of each list that the selector finds. */
  readonly facts: (selector: string) => readonly Cells[]
  readonly texts: (selector: string) => readonly string[]
}

/** Reads a page. */
export function readPageTables(html: string): PageTables {
  const { document } = parseHTML(html)
  const all = (selector: string, from = document) => [...from.querySelectorAll(selector)]
  return {
    texts: (selector) => all(selector).map(textOf),
    facts: (selector) =>
      all(selector).map((list) => {
        const values = all('dd', list).map(textOf)
        return Object.fromEntries(
          all('dt', list).map((name, place) => [textOf(name), values[place] ?? '']),
        )
      }),
    rows: (caption) => {
      const table = all('table').find((one) =>
        textOf(one.querySelector('caption')).startsWith(caption),
      )
      if (table === undefined) throw new Error(`no table begins with ${caption}`)
      const titles = all('thead th', table).map(textOf)
      return all('tbody tr', table).map((row) =>
        Object.fromEntries(
          all('th, td', row).map((cell, place) => [titles[place] ?? place, textOf(cell)]),
        ),
      )
    },
  }
}

/** Holds that a number on a page is a value, to the last decimal that the page shows. */
export function expectShown(shown: string | undefined, value: number | null, what: string): void {
  const plain = (shown ?? '')
    .replaceAll(',', '')
    .replace('−', '-')
    .replace(/ (?:EUR|%)$/, '')
  if (value === null || Number.isNaN(value)) {
    expect({ what, shown }).toEqual({ what, shown: '–' })
    return
  }
  const decimals = plain.split('.')[1]?.length ?? 0
  const difference = Math.abs(Number(plain) - value)
  const isShown = plain !== '' && difference <= 0.5 * 10 ** -decimals + 1e-9
  expect({ what, shown, value: isShown ? shown : value }).toEqual({ what, shown, value: shown })
}

function textOf(element: { textContent: string | null } | null | undefined): string {
  return (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()
}
