/**
 * The installation's configuration: one JSON file, checked whole at start. Secrets are never in it: it names the files
 * that hold keys. This is the only module that reads process.env.
 */
import { readFileSync } from 'node:fs'
import { resolve, dirname } from 'node:path'
import { z } from 'zod'
import { attachmentRoute, type AttachmentRoute } from '#domain/pas/attachment-address.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** https, or http on a loopback host (design.md, Starting). */
const endpointSchema = z.url().refine((value) => {
  const url = new URL(value)
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))
}, 'must be https, or http on a loopback host')

const identifierSchema = z.strictObject({ system: z.string().min(1), value: z.string().min(1) })

export const tenantSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: z.string(),
  ehrName: z.string(),
  /** IANA zone of the organization. */
  timeZone: z.string(),
  fhirBase: endpointSchema,
  /** Accepted id_token issuers (Epic's is not the FHIR base). */
  issuers: z.array(z.string()).min(1),
  /** Origins that SMART discovery may point to. */
  authorizationOrigins: z.array(endpointSchema).min(1),
  clientId: z.string(),
  scopes: z.array(z.string()).min(1),
  /** Origins that may frame the app (CSP frame-ancestors). */
  frameAncestors: z.array(z.string()),
  /** Who may call our CDS Hooks services: issuer and its registered JWKS URL (never an unlisted jku). */
  cdsHooks: z
    .strictObject({
      issuer: z.string(),
      jwksUrl: endpointSchema,
      omitEmptyPrefetch: z.boolean().default(false),
      launchCard: z.boolean().default(true),
      /** Dialect of our answers to calls that request no version. */
      crdVersion: z.enum(['2.0.1', '2.1', '2.2']).default('2.2'),
    })
    .nullable(),
  /** The submitting organization: Claim.provider's organization and the X12 sender. */
  organization: z.strictObject({
    name: z.string(),
    npi: z.string(),
    taxId: z.string().nullable(),
    phone: z.string(),
    /** Which department asks, where payers want to know (X12 TRN04). */
    department: z.string().max(50).optional(),
    address: z.strictObject({ line: z.array(z.string()), city: z.string(), state: z.string(), postalCode: z.string() }),
  }),
  /** interchangeSenderID (ISA06), bound to this tenant; the subscription filter matches on it. */
  senderId: z.string().max(15),
  /** fhirUser references (or their resource types) to roles; never inferred. First match wins. */
  roles: z.array(
    z.strictObject({ fhirUser: z.string(), role: z.enum(['clinician', 'pa-staff', 'administrator', 'auditor']) }),
  ),
  /** LOINC or local codes of clinician-scored values in this EHR's flowsheets. */
  scoredCodes: z.array(z.strictObject({ system: z.string(), code: z.string() })).default([]),
})

export const payerConfigSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: z.string(),
  phone: z.string(),
  /** What Coverage.payor's Organization carries: the key of the payer registry. */
  identifiers: z.array(identifierSchema).min(1),
  state: z.string().length(2),
  /** Coverage.class[plan].value to line of business; an unlisted plan has an unknown one, and no clock is claimed for it. */
  plans: z.array(
    z.strictObject({
      value: z.string(),
      name: z.string(),
      lineOfBusiness: z.enum(['medicare-advantage', 'medicaid', 'marketplace', 'commercial']),
    }),
  ),
  memberIdSystem: z.string(),
  interchangeReceiverId: z.string().max(15),
  crd: z
    .strictObject({ base: endpointSchema, serviceId: z.string(), version: z.enum(['2.0.1', '2.1', '2.2']) })
    .nullable(),
  dtr: z
    .strictObject({
      base: endpointSchema,
      version: z.enum(['2.0.1', '2.1', '2.2']),
      /** Operations at type level (OperationDefinition), or at the base as the guide's narrative prints them. */
      urlStyle: z.enum(['type', 'base']).default('type'),
      /** QuestionnaireResponse.questionnaire without the version, for payers that compare with the bare url. */
      bareCanonical: z.boolean().default(false),
      /** How `$log-questionnaire-errors` is taken; null where the payer has no such operation. By version if not given. */
      errorLog: z.enum(['capitalised', 'resource', 'listed']).nullable().optional(),
      /** Terminology servers that this payer's forms may name; any other address is not called. */
      terminologyServers: z.array(endpointSchema).default([]),
    })
    .nullable(),
  pas: z
    .strictObject({
      base: endpointSchema,
      version: z.enum(['2.2.1', '2.0.1']),
      /** Answers a repeated Bundle.identifier with the first answer. */ deduplicates: z.boolean(),
      /** Where CDex `$submit-attachment` is called; null where the payer takes documents by portal or fax alone. */
      attachmentUrl: endpointSchema.nullable().default(null),
      /** The most bytes that it takes in one call. */
      attachmentLimitBytes: z.number().int().min(10_000).default(10_000_000),
    })
    .nullable(),
  auth: z.strictObject({ tokenUrl: endpointSchema, clientId: z.string(), scopes: z.array(z.string()) }),
  /** Mutual TLS (HRex; RFC 8705): PEM files of our key and certificate, and of whoever signs the payer's; null without. */
  tls: z
    .strictObject({ key: z.string(), certificate: z.string(), authority: z.string().nullable().default(null) })
    .nullable()
    .default(null),
  /** Seconds that the façade token given to this payer lives; revoked when the hook is done unless keepUntilExpiry. */
  facade: z
    .strictObject({
      ttlSeconds: z.number().int().min(5).max(3600).default(30),
      keepUntilExpiry: z.boolean().default(false),
    })
    .default({ ttlSeconds: 30, keepUntilExpiry: false }),
})

/** Another vendor's system that may call our PAS endpoint (SMART Backend Services). */
export const pasClientSchema = z
  .strictObject({
    clientId: z.string(),
    name: z.string(),
    tenant: z.string(),
    /** Its public keys: where they are, or themselves. */
    jwksUrl: endpointSchema.optional(),
    jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }).optional(),
    senderIds: z.array(z.string()).min(1),
    scopes: z.array(z.string()),
    /** Hosts (with their port, where it is not the usual one) that its Subscriptions may name; no other is ever called. */
    notificationHosts: z.array(z.string()).default([]),
  })
  .refine(({ jwksUrl, jwks }) => (jwksUrl === undefined) !== (jwks === undefined), 'jwksUrl or jwks, one of them')

export const configSchema = z.strictObject({
  /** The one address under which browsers, EHRs and payers reach us; builds redirect_uri, aud and Host checks. */
  baseUrl: endpointSchema,
  listen: z.strictObject({ host: z.string(), port: z.number().int().min(1).max(65535) }),
  /** Proxy hops whose X-Forwarded headers are believed. */
  trustProxyHops: z.number().int().min(0).default(0),
  keys: z.strictObject({
    /** JWKS file with private ES384 and RS384 keys. */
    signing: z.string(),
    /** JSON file {current, keys: {id: base64 of 32 bytes}}. */
    encryption: z.string(),
    /** base64 of at least 32 bytes: HMAC of the event chain. */
    eventChain: z.string(),
  }),
  database: z.union([z.strictObject({ url: z.string() }), z.strictObject({ directory: z.string() })]),
  tenants: z.array(tenantSchema).min(1),
  payers: z.array(payerConfigSchema),
  pasClients: z.array(pasClientSchema).default([]),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})

export type Config = z.infer<typeof configSchema>
export type TenantConfig = z.infer<typeof tenantSchema>
export type PayerConfig = z.infer<typeof payerConfigSchema>
export type PasClientConfig = z.infer<typeof pasClientSchema>

/** What the sandbox or an administrator writes: the schema's input, defaults left out. */
export type ConfigInput = z.input<typeof configSchema>

/**
 * Reads and checks the configuration. `PRECERT_CONFIG` names the file; `DATABASE_URL`, where set, wins over its database.
 * Relative paths of keys, certificates and the database are taken from the file's folder.
 * Throws with every fault named: the server must not start.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const file = env['PRECERT_CONFIG']
  if (file === undefined) throw new Error('PRECERT_CONFIG must name the configuration file')
  const parsed = configSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file} is not a valid configuration:\n${z.prettifyError(parsed.error)}`)
  const config = parsed.data
  const from = (path: string): string => resolve(dirname(file), path)
  const databaseUrl = env['DATABASE_URL']
  return {
    ...config,
    keys: {
      signing: from(config.keys.signing),
      encryption: from(config.keys.encryption),
      eventChain: from(config.keys.eventChain),
    },
    payers: config.payers.map((payer) => ({
      ...payer,
      tls: payer.tls && {
        key: from(payer.tls.key),
        certificate: from(payer.tls.certificate),
        authority: payer.tls.authority === null ? null : from(payer.tls.authority),
      },
    })),
    database:
      databaseUrl !== undefined && databaseUrl !== ''
        ? { url: databaseUrl }
        : 'directory' in config.database
          ? { directory: from(config.database.directory) }
          : config.database,
  }
}

/** Where a payer's request for information is answered: at the address that it names itself, or at the registered one. */
export const routeOf = ({ crd, dtr, pas }: PayerConfig, payerUrl: string | null): AttachmentRoute =>
  attachmentRoute(payerUrl, {
    attachmentUrl: pas?.attachmentUrl ?? null,
    bases: [crd?.base, dtr?.base, pas?.base].filter((base) => base !== undefined),
  })
