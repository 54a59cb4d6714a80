/** Where the walker is: names and indexes from the resource down, and the definitions passed. Strings are made on demand. */
import type { Definition } from './definition.ts'

interface Step {
  definition: Definition
  index: number
  /** Type of the value: of a choice, what its name says. */
  type: string
}

export class Trail {
  private base: string
  private readonly resourceType: string
  private readonly steps: Step[] = []
  private depth = 0

  constructor(base: string, resourceType: string) {
    this.base = base
    this.resourceType = resourceType
  }

  push(definition: Definition, index: number, type: string): void {
    const step = this.steps[this.depth]
    if (step === undefined) this.steps.push({ definition, index, type })
    else {
      step.definition = definition
      step.index = index
      step.type = type
    }
    this.depth += 1
  }

  pop(): void {
    this.depth -= 1
  }

  /** The type of the value that holds the one where the walker is. */
  get holderType(): string | undefined {
    return this.steps[this.depth - 2]?.type
  }

  get level(): number {
    return this.depth
  }

  /** FHIRPath of where the walker is. */
  path(): string {
    return this.pathTo(this.depth)
  }

  /** The definition of the element that holds the one where the walker is; undefined where that is the resource. */
  get holderDefinition(): Definition | undefined {
    return this.steps[this.depth - 2]?.definition
  }

  /** The element that holds the one where the walker is: an extension's context. */
  holder(): { path: string; logicalPaths: ReadonlySet<string>; isResource: boolean } {
    const depth = this.depth - 1
    return { path: this.pathTo(depth), logicalPaths: this.logicalPaths(depth), isResource: depth === 0 }
  }

  private pathTo(depth: number): string {
    let path = this.base
    for (let at = 0; at < depth; at++) {
      const step = this.steps[at]
      if (step === undefined) continue
      path += `.${step.definition.name}`
      if (step.definition.isChoice) path += `.ofType(${step.type})`
      if (step.index >= 0) path += `[${step.index}]`
    }
    return path
  }

  /**
   * The names by which extension contexts may mean this place: the path from the resource, from each data type passed, and
   * the type itself.
   */
  private logicalPaths(depth: number): ReadonlySet<string> {
    let paths = new Set([this.resourceType])
    for (let at = 0; at < depth; at++) {
      const step = this.steps[at]
      if (step === undefined) continue
      const next = new Set<string>()
      const { name, isChoice, facts } = step.definition
      for (const path of paths) {
        next.add(`${path}.${facts.n}`)
        if (isChoice) {
          next.add(`${path}.${name}.ofType(${step.type})`)
          next.add(`${path}.${name}${step.type.charAt(0).toUpperCase()}${step.type.slice(1)}`)
        }
      }
      if (facts.same !== undefined) next.add(facts.same)
      next.add(step.type)
      paths = next
    }
    return paths
  }
}
