import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from './page.tsx'

/** A fault of the app itself. What was saved is safe on the server; reading it again is the way out. */
export class ErrorBoundary extends Component<
  { title: string; text: string; action: string; children: ReactNode },
  { failed: boolean }
> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <Page>
        <EmptyState
          icon="cross"
          tone="stop"
          title={this.props.title}
          action={
            <Button look="primary" onClick={() => window.location.reload()}>
              {this.props.action}
            </Button>
          }
        >
          <p>{this.props.text}</p>
        </EmptyState>
      </Page>
    )
  }
}
