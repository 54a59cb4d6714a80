/**
 * Whether a string is a well-formed National Provider Identifier: ten digits whose last is the Luhn check digit over the
 * number prefixed with 80840 (CMS NPI check digit; US Core invariant us-core-16 and us-core-17).
 */
export function isNpi(value: string): boolean {
  return /^[12]/.test(value) && hasNpiCheckDigit(value)
}

/** The check digit alone, for judging other parties' messages: US Core asks for no leading 1 or 2. */
export function hasNpiCheckDigit(value: string): boolean {
  if (!/^\d{10}$/.test(value)) return false
  let sum = 24 // the Luhn sum of the constant prefix 80840
  for (let index = 0; index < 10; index++) {
    const digit = Number(value[index])
    const doubled = index % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
