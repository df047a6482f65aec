// Shows what the desk pushes: a number, a trigger, a workspace. It keeps nothing and serves nothing.
self.addEventListener('push', (event) => {
  let told = {}
  try { told = event.data?.json() ?? {} } catch { /* not ours */ }
  const { title = 'Handoff', body = '', tag = 'handoff', url = '/' } = told
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: true, data: { url } }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { pathname, search } = new URL(event.notification.data?.url ?? '/', self.location.origin)
  const url = self.location.origin + pathname + search
  event.waitUntil(self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((open) => {
    const there = open.find((page) => page.url === url)
    return there ? there.focus() : self.clients.openWindow(url)
  }))
})
