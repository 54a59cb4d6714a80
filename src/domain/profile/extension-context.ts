/** Where an extension may stand (R4 StructureDefinition.context). Pure. */
import type { Profile } from './definition.ts'

/** Elements where every extension may stand: values of definitions. */
const ANYWHERE = ['ElementDefinition.example.value[x]', 'ElementDefinition.pattern[x]', 'ElementDefinition.fixed[x]']

const CANONICAL = new Set(
  (
    'ActivityDefinition CapabilityStatement ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap ' +
    'EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable ExampleScenario GraphDefinition ' +
    'ImplementationGuide Library Measure MessageDefinition NamingSystem OperationDefinition PlanDefinition ' +
    'Questionnaire ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis SearchParameter ' +
    'StructureDefinition StructureMap TerminologyCapabilities TestScript ValueSet'
  ).split(' '),
)

export interface Surroundings {
  /** The names of the place (`Trail.logicalPaths`). */
  readonly paths: ReadonlySet<string>
  /** Whether the extension stands on a resource itself. */
  readonly isResource: boolean
  /** The url of the extension that it stands in. */
  readonly outer: string | undefined
  /** The definition of a type. */
  type(name: string): Profile | undefined
  /** Whether the element is one that a FHIRPath from the resource finds. */
  isFoundBy(expression: string): boolean
  /** Whether the resource follows a profile. */
  conformsTo(profile: string): boolean
}

function* bases(name: string, around: Surroundings): Generator<string> {
  for (let profile = around.type(name); profile !== undefined;) {
    yield profile.type
    const { base } = profile.facts
    profile = base === undefined ? undefined : around.type(base)
  }
}

function isElement(expression: string, around: Surroundings): boolean {
  const [profile, element = ''] = expression.includes('#') ? expression.split('#') : [undefined, expression]
  if (element === 'Element' || element === 'Any') return true
  if (element === 'Resource' && around.isResource) return true
  if (element === 'CanonicalResource' && [...around.paths].some((path) => CANONICAL.has(path))) return true
  if (profile !== undefined && profile !== '' && !around.conformsTo(profile)) return false
  if (around.paths.has(element)) return true
  for (const path of around.paths) {
    const dot = path.indexOf('.')
    const name = dot < 0 ? path : path.slice(0, dot)
    const rest = dot < 0 ? '' : path.slice(dot)
    for (const base of bases(name, around)) if (base + rest === element) return true
  }
  return false
}

/** Whether an extension's own contexts let it stand here. */
export function mayStand(extension: Profile, around: Surroundings): boolean {
  if (ANYWHERE.some((path) => around.paths.has(path))) return true
  return (extension.facts.contexts ?? []).some(([kind, expression]) => {
    if (kind === 'x') return expression === around.outer
    return kind === 'p' ? around.isFoundBy(expression) : isElement(expression, around)
  })
}
