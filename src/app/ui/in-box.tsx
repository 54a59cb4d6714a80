import type { ReactNode } from 'react'

/**
 * One flex item for what stands in a button or a tag. Words alone are one already, without an element: a long form has
 * thousands of them.
 */
export const inBox = (children: ReactNode): ReactNode =>
  typeof children === 'string' ? children : <span>{children}</span>
