/**
 * Prints what the JSON reports of Vitest in a folder say: each test that failed, or passed at the second try only, with
 * the first lines of its errors, each file that could not run, and last `N passed, N failed`.
 *
 * `node .ci/summary.mjs FOLDER`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** How much of an error is shown: the message and a few lines of what was expected. */
const LINES = 12

const folder = process.argv[2]
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')))

for (const file of reports.flatMap((report) => report.testResults)) {
  const path = relative(process.cwd(), file.name)
  for (const { status, fullName, failureMessages } of file.assertionResults) {
    if (failureMessages.length === 0) continue
    const words = status === 'failed' ? 'failed' : 'passed at the second try only'
    show(`${words}: ${path} > ${fullName}`, failureMessages)
  }
  const hasFailed = file.assertionResults.some(({ status }) => status === 'failed')
  if (file.status === 'failed' && !hasFailed) show(`failed: ${path}`, [file.message])
}

const sum = (field) => reports.reduce((total, report) => total + report[field], 0)
if (sum('numPassedTests') === 0) throw new Error('no test ran')
console.log(`${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed`)

function show(title, messages) {
  console.log(title)
  for (const message of messages) {
    for (const line of message.split('\n').slice(0, LINES)) console.log(`  ${line.slice(0, 300)}`)
  }
}
