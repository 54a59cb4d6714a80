import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Keyring } from '../keyring.ts'
import { subscription, subscriptionEvent } from '../schema.ts'
import type { Tx } from '../tx.ts'

type Stored = typeof subscription.$inferSelect
/** One thing that a client's Subscription was told, or will be. */
export type SubscriptionEventRow = typeof subscriptionEvent.$inferSelect

/**
 * A Subscription: ours at a payer (`party` `payer`) or another system's at our PAS server (`client`). `content` is sealed
 * JSON: the resource, the endpoint, and a secret where one must be sent. `secretHash` finds the row for a secret that comes in.
 */
export type SubscriptionRow = Omit<Stored, 'contentSealed'> & { readonly content: unknown }
export type SubscriptionPatch = Partial<Omit<SubscriptionRow, 'tenant' | 'id' | 'createdAt'>>
export type Subscriptions = ReturnType<typeof createSubscriptions>

export function createSubscriptions(keyring: Keyring) {
  const place = (row: { tenant: string; id: string }) => ({ tenant: row.tenant, table: 'subscription', id: row.id })
  const open = ({ contentSealed, ...row }: Stored): SubscriptionRow => ({
    ...row,
    content: keyring.openJson(contentSealed, place(row)),
  })

  const eventsOf = (of: { tenant: string; id: string }) =>
    and(eq(subscriptionEvent.tenant, of.tenant), eq(subscriptionEvent.subscriptionId, of.id))

  return {
    async insert(tx: Tx, { content, ...row }: SubscriptionRow): Promise<void> {
      await tx.insert(subscription).values({ ...row, contentSealed: keyring.sealJson(content, place(row)) })
    },

    async update(
      tx: Tx,
      where: { tenant: string; id: string },
      { content, ...patch }: SubscriptionPatch,
    ): Promise<void> {
      const contentSealed = content === undefined ? {} : { contentSealed: keyring.sealJson(content, place(where)) }
      await tx
        .update(subscription)
        .set({ ...patch, ...contentSealed })
        .where(and(eq(subscription.tenant, where.tenant), eq(subscription.id, where.id)))
    },

    async find(tx: Tx, tenant: string, id: string): Promise<SubscriptionRow | undefined> {
      const [row] = await tx
        .select()
        .from(subscription)
        .where(and(eq(subscription.tenant, tenant), eq(subscription.id, id)))
      return row && open(row)
    },

    /** Reads and holds the row until the transaction ends. */
    async lock(tx: Tx, tenant: string, id: string): Promise<SubscriptionRow | undefined> {
      const [row] = await tx
        .select()
        .from(subscription)
        .where(and(eq(subscription.tenant, tenant), eq(subscription.id, id)))
        .for('update')
      return row && open(row)
    },

    async findBySecret(tx: Tx, secretHash: string): Promise<SubscriptionRow | undefined> {
      const [row] = await tx.select().from(subscription).where(eq(subscription.secretHash, secretHash))
      return row && open(row)
    },

    async listByParty(tx: Tx, tenant: string, party: 'payer' | 'client', partyId: string): Promise<SubscriptionRow[]> {
      const rows = await tx
        .select()
        .from(subscription)
        .where(and(eq(subscription.tenant, tenant), eq(subscription.party, party), eq(subscription.partyId, partyId)))
        .orderBy(asc(subscription.createdAt), asc(subscription.id))
      return rows.map(open)
    },

    async addEvent(tx: Tx, row: SubscriptionEventRow): Promise<void> {
      await tx.insert(subscriptionEvent).values(row)
    },

    async findEvent(
      tx: Tx,
      of: { tenant: string; id: string },
      number: number,
    ): Promise<SubscriptionEventRow | undefined> {
      const [row] = await tx
        .select()
        .from(subscriptionEvent)
        .where(and(eventsOf(of), eq(subscriptionEvent.number, number)))
      return row
    },

    /** The numbers of what did not arrive yet, oldest first. */
    async listUndelivered(tx: Tx, of: { tenant: string; id: string }): Promise<number[]> {
      const rows = await tx
        .select({ number: subscriptionEvent.number })
        .from(subscriptionEvent)
        .where(and(eventsOf(of), isNull(subscriptionEvent.deliveredAt)))
        .orderBy(asc(subscriptionEvent.number))
      return rows.map(({ number }) => number)
    },

    async markDelivered(tx: Tx, of: { tenant: string; id: string }, number: number, at: string): Promise<void> {
      await tx
        .update(subscriptionEvent)
        .set({ deliveredAt: at })
        .where(and(eventsOf(of), eq(subscriptionEvent.number, number)))
    },

    async remove(tx: Tx, tenant: string, id: string): Promise<void> {
      await tx.delete(subscription).where(and(eq(subscription.tenant, tenant), eq(subscription.id, id)))
    },
  }
}
