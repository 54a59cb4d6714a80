// The published renderer with one form, as its documentation says to use it. `window.renderedFrom` is when it begins.
import { QueryClientProvider } from '@tanstack/react-query'
import { BaseRenderer, RendererThemeProvider, buildForm, useRendererQueryClient } from '@aehrc/smart-forms-renderer'
import { createElement, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

function Page({ form }) {
  const client = useRendererQueryClient()
  const [built, setBuilt] = useState(false)
  useEffect(() => {
    void buildForm({ questionnaire: form.questionnaire, questionnaireResponse: form.response }).then(() =>
      setBuilt(true),
    )
  }, [form])
  return built
    ? createElement(
        RendererThemeProvider,
        null,
        createElement(QueryClientProvider, { client }, createElement(BaseRenderer)),
      )
    : null
}

window.renderedFrom = performance.now()
createRoot(document.getElementById('root')).render(createElement(Page, { form: window.form }))
