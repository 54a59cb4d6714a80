/** The command line of `npm run populate`. */
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../src/domain/result.ts'

export const USAGE =
  'Usage: npm run --silent populate -- (--package FILE | --questionnaire FILE [--library FILE]…) --chart BUNDLE.json [--order REFERENCE] [--at INSTANT]'

export interface PopulateArguments {
  readonly form:
    { readonly package: string } | { readonly questionnaire: string; readonly libraries: readonly string[] }
  readonly chart: string
  readonly order: string | null
  /** The instant at which the form is filled; now where it is not given. */
  readonly at: string | null
}

/** Reads the arguments; the error is a sentence. */
export function readArguments(argv: readonly string[]): Result<PopulateArguments, string> {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({
      args: [...argv],
      options: {
        package: text,
        questionnaire: text,
        library: { ...text, multiple: true },
        chart: text,
        order: text,
        at: text,
      },
    })
    const { chart, questionnaire, library = [] } = values
    if (chart === undefined) return err('--chart is missing.')
    const at = values.at ?? null
    if (at !== null && Number.isNaN(Date.parse(at))) return err(`--at is no instant: ${at}`)
    const common = { chart, order: values.order ?? null, at }
    if (values.package !== undefined && questionnaire === undefined && library.length === 0)
      return ok({ ...common, form: { package: values.package } })
    if (questionnaire !== undefined && values.package === undefined)
      return ok({ ...common, form: { questionnaire, libraries: library } })
    return err('Give either --package, or --questionnaire with its --library files.')
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}
