// fhirclient asks for this package only where globalThis.crypto is missing; every browser and Node we support has it.
// The real package would install React Native.
module.exports = globalThis.crypto
module.exports.default = globalThis.crypto
