/**
 * How many results a search wants of those that it puts in order. R4's `_count` is only the size of a page; but beside `_sort`
 * forms mean the first ones by it (`_sort=-date&_count=1`, the newest), and reading on would give what they do not ask for.
 */
export function readFirst(parameters: string): number | null {
  const pairs = parameters.split('&').map((pair) => pair.split('='))
  const isSorted = pairs.some(([name, value = '']) => name === '_sort' && value !== '')
  const [, count = ''] = pairs.find(([name]) => name === '_count') ?? []
  return isSorted && /^[1-9]\d{0,8}$/.test(count) ? Number(count) : null
}
