// The only script of the simulated EHR: while decision support is asked, say so and let the clinician go on without it.
for (const form of document.querySelectorAll('form[data-waiting]')) {
  form.addEventListener('submit', () => {
    const box = document.createElement('div')
    box.className = 'waiting'
    box.setAttribute('role', 'status')
    const text = document.createElement('p')
    text.textContent = form.dataset.waiting
    const skip = document.createElement('button')
    skip.type = 'button'
    skip.textContent = 'Continue without waiting'
    skip.addEventListener('click', () => fetch(form.dataset.skip, { method: 'POST' }))
    box.append(text, skip)
    form.querySelector('button').disabled = true
    // An answer within a moment needs no message.
    setTimeout(() => form.after(box), 400)
  })
}
