/** How many children an element has, and which are none of its own. Pure. */
import type { Definition } from './definition.ts'
import { urlOf } from './slicing.ts'
import type { Run, Walk } from './walk.ts'

/** How often each slice of a child was found. */
export type SliceCounts = Map<Definition, number>

/** Judges the number of each counted child and of its slices. */
export function checkCounts(
  walk: Walk,
  run: Run,
  counted: readonly Definition[],
  counts: readonly number[],
  slices: SliceCounts | undefined,
): void {
  for (let at = 0; at < counted.length; at++) {
    const child = counted[at]
    const count = counts[at] ?? 0
    if (child === undefined) continue
    if (count < child.min || count > child.max) reportCount(walk, run, child, count)
    for (const slice of child.slices) {
      const found = slices?.get(slice) ?? 0
      if (found < slice.min || found > slice.max) reportCount(walk, run, slice, found)
    }
  }
}

/** Reports a child that its owner does not have. */
export function reportUnknown(walk: Walk, run: Run, definition: Definition, name: string): void {
  walk.report(run, 'error', 'Unrecognized_Property', `${definition.path} has no ${name}`, { element: name })
}

/** Reports that a child is missing, or there too often. */
export function reportCount(walk: Walk, run: Run, child: Definition, count: number): void {
  const { slice } = child.facts
  const named = slice === undefined ? child.path : `${child.path}:${slice}`
  const element = elementName(child)
  const from = child.profile.label
  if (count < child.min) {
    const id = slice === undefined ? 'Validation_VAL_Profile_Minimum' : 'Validation_VAL_Profile_Minimum_SLICE'
    walk.report(run, 'error', id, `${named}: minimum ${child.min}, found ${count} (${from})`, { element })
  } else {
    const message = `${named}: maximum ${child.max}, found ${count} (${from})`
    walk.report(run, 'error', 'Validation_VAL_Profile_Maximum', message, { element })
  }
}

/** How a missing element is named in a path: an extension by its url. */
function elementName(child: Definition): string {
  if (child.name !== 'extension' && child.name !== 'modifierExtension') return child.name
  const url = child.types[0]?.profiles?.[0] ?? urlOf(child)
  return typeof url === 'string' ? `${child.name}('${url}')` : child.name
}
