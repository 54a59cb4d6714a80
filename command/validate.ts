/**
 * `npm run --silent validate -- --ig IG [--profile URL] FILE.json…`: one JSON line a file, {file, errors, issues}, in the
 * shape of the official validator. Ends with 1 where a file has an error. `--all` shows warnings and information too;
 * `--lenient` judges as a receiver does, who ignores extensions that he does not know.
 */
import { parseArgs } from 'node:util'
import { isError, issue, withDetails, type ProfileIssue } from '../src/domain/profile/issue.ts'
import { validateMessage } from '../src/domain/profile/validate.ts'
import { checkTextRules } from '../src/domain/pas/text-rules.ts'
import { impliedX12Set, TOLERATED_CONTEXTS } from '../src/domain/pas/published-package.ts'
import { pasMessageOf } from '../src/domain/pas/validate-request-bundle.ts'
import { describeProfileSets, loadProfileSet } from '../server/profiles.ts'
import { readResource } from './read-files.ts'

const guides = describeProfileSets().flatMap((one) => one.guides)
const USAGE = `Usage: npm run --silent validate -- --ig ${guides.join('|')} [--profile URL]… [--table FILE]… [--lenient] [--all] FILE.json…`

function readArguments() {
  const list = { type: 'string', multiple: true } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      options: { ig: { type: 'string' }, profile: list, table: list, lenient: flag, all: flag },
      allowPositionals: true,
    })
  } catch {
    return undefined
  }
}

function print(file: string, issues: readonly ProfileIssue[], showAll: boolean): boolean {
  const errors = issues.filter(isError)
  const shown = (showAll ? withDetails(issues) : errors).map(({ severity, path, id, message, element }) => ({
    severity,
    path,
    id,
    message,
    ...(element === undefined ? {} : { element }),
  }))
  process.stdout.write(`${JSON.stringify({ file, errors: errors.length, issues: shown })}\n`)
  return errors.length > 0
}

const given = readArguments()
const set = given?.values.ig === undefined ? undefined : loadProfileSet(given.values.ig, given.values.table)
if (given === undefined || set === undefined || given.positionals.length === 0) {
  process.stderr.write(`${USAGE}\n`)
  process.exitCode = 2
} else {
  const { ig = '', profile = [], lenient = false, all = false } = given.values
  const options = {
    profiles: profile,
    isStrict: !lenient,
    toleratedContexts: TOLERATED_CONTEXTS,
    ...(ig.startsWith('pas-') ? { impliedSet: impliedX12Set } : {}),
  }
  for (const file of given.positionals) {
    const read = readResource(file)
    if (!read.ok) {
      if (print(file, [issue('error', '', 'Precert_Json_Shape', read.error)], all)) process.exitCode = 1
      continue
    }
    const message = ig.startsWith('pas-') ? pasMessageOf(read.value, profile) : undefined
    const text =
      message === undefined ? [] : checkTextRules({ ...read.value }, message, ig.endsWith('2.0.1') ? '2.0.1' : '2.2.1')
    if (print(file, [...validateMessage(set, read.value, options), ...text], all)) process.exitCode = 1
  }
}
