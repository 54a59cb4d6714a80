/**
 * Entry of the child process that makes a new embedded database: initdb's memory goes with it. Takes the directory as its
 * only argument.
 */
import { setFlagsFromString } from 'node:v8'
import { migrate } from './migrate.ts'
import { openPglite, pgliteDriver } from './pglite-driver.ts'

// This process runs its WebAssembly for seconds: the optimizing compiler would cost twice what it wins.
setFlagsFromString('--liftoff-only')

const directory = process.argv[2]
if (directory === undefined) throw new Error('Name the directory of the new database')
const driver = pgliteDriver(await openPglite(directory))
await migrate(driver)
await driver.close()
