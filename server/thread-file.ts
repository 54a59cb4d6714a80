/** Where the code of a thread is: built under its name in an installation; in the source tree, TypeScript that `tsx` loads. */
import { pathToFileURL } from 'node:url'
import { findUp } from './find-up.ts'

export interface ThreadFile {
  /** A file's address, or with `eval` a script. */
  readonly entry: URL | string
  readonly eval: boolean
}

/** `name`: of a module below this folder, without its ending. */
export function threadFile(name: string): ThreadFile {
  if (!import.meta.url.endsWith('.ts')) return { entry: pathToFileURL(findUp(`server/${name}.js`)), eval: false }
  const loader = import.meta.resolve('tsx/esm/api')
  const source = new URL(`./${name}.ts`, import.meta.url)
  const script = `import('${loader}').then(({ register }) => { register(); return import('${source.href}') })`
  return { entry: script, eval: true }
}
