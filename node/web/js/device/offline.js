// Has the browser keep the page for when the LAN is down, where it allows that: it needs an address with a certificate that
// it trusts. The exam needs none of it.

/** The page's own first requests go before. */
const DELAY_MS = 2_000;
const SPREAD_MS = 4_000;

/** Registers the service worker; that it cannot be is nobody's concern. */
export function keepOffline() {
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
  setTimeout(register, DELAY_MS + Math.random() * SPREAD_MS);
}
