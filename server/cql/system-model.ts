/** The System types of CQL 1.5 (appendix B) as model info for the translator, which brings none of its own. */

const SIMPLE = ['Boolean', 'Integer', 'Long', 'Decimal', 'String', 'Date', 'DateTime', 'Time']

const CLASSES: readonly (readonly [name: string, base: string, elements: Readonly<Record<string, string>>])[] = [
  ['Quantity', 'Any', { value: 'System.Decimal', unit: 'System.String' }],
  ['Ratio', 'Any', { numerator: 'System.Quantity', denominator: 'System.Quantity' }],
  [
    'Code',
    'Any',
    { code: 'System.String', system: 'System.String', version: 'System.String', display: 'System.String' },
  ],
  ['Concept', 'Any', { codes: 'list<System.Code>', display: 'System.String' }],
  ['Vocabulary', 'Any', { id: 'System.String', version: 'System.String', name: 'System.String' }],
  ['CodeSystem', 'Vocabulary', {}],
  ['ValueSet', 'Vocabulary', { codesystems: 'list<System.CodeSystem>' }],
]

/** The model info as XML. */
export function systemModelInfo(): string {
  const simple = SIMPLE.map(
    (name) => `<typeInfo xsi:type="SimpleTypeInfo" name="System.${name}" baseType="System.Any"/>`,
  )
  const classes = CLASSES.map(([name, base, elements]) => {
    const inner = Object.entries(elements).map(([element, type]) => {
      const listed = /^list<(.+)>$/.exec(type)?.[1]
      return listed === undefined
        ? `<element name="${element}" elementType="${type}"/>`
        : `<element name="${element}"><elementTypeSpecifier xsi:type="ListTypeSpecifier" elementType="${listed}"/></element>`
    })
    return `<typeInfo xsi:type="ClassInfo" name="System.${name}" baseType="System.${base}">${inner.join('')}</typeInfo>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<modelInfo xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
    ' name="System" version="1.0.0" url="urn:hl7-org:elm-types:r1">',
    '<typeInfo xsi:type="SimpleTypeInfo" name="System.Any"/>',
    ...simple,
    ...classes,
    '</modelInfo>',
  ].join('')
}
