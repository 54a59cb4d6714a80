/** Column types that drizzle does not have in the form that we keep values in. */
import { customType } from 'drizzle-orm/pg-core'

/** An instant: ISO 8601 in UTC with milliseconds in TypeScript, `timestamptz(3)` in the database. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
})

/** Ciphertext made by the keyring. */
export const sealed = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
