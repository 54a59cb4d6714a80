/**
 * Entry of the child process that makes a new embedded database: initdb's memory goes with it. Takes the directory as its
 * only argument.
 */
import { migrate } from './migrate.ts'
import { openPglite, pgliteDriver } from './pglite-driver.ts'

const directory = process.argv[2]
if (directory === undefined) throw new Error('Name the directory of the new database')
const driver = pgliteDriver(await openPglite(directory))
await migrate(driver)
await driver.close()
