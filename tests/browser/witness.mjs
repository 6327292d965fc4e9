// Watches over a candidate's shoulder: whenever the page says of an answer how safe it is, it is noted with what the
// candidate sees as given at that moment. The system test holds each word against the records at the centre.

/** Notes all that pages of `context` say in `shown`: {item, response, safety, text}. */
export async function witness(context, shown) {
  await context.exposeBinding("witnessed", (_, said) => shown.push(said));
  await context.addInitScript(watch);
}

/* c8 ignore start: runs in the page */
function watch() {
  let before = "";
  const numbers = (field) => [...field.querySelectorAll("[data-option]:checked")].map((input) => Number(input.dataset.option)).sort((a, b) => a - b);
  const responseIn = (field) => {
    const { kind } = field.dataset;
    if (kind === "choice") return numbers(field).length > 0 ? { choice: numbers(field)[0] } : null;
    if (kind === "choices") return numbers(field).length > 0 ? { choices: numbers(field) } : null;
    const typed = field.querySelector("input")?.value ?? "";
    const number = typed.replace(/[०-९]/gu, (digit) => String(digit.codePointAt(0) - 0x966));
    return number === "" ? null : { number };
  };
  const look = () => {
    const field = document.querySelector("article[data-view=item] fieldset[data-item]");
    const safety = document.querySelector("article[data-view=item] [data-safety]");
    if (!field || !safety || !["choice", "choices", "number"].includes(field.dataset.kind)) return;
    const said = {
      item: Number(field.dataset.item), response: responseIn(field), safety: safety.dataset.safety, text: safety.textContent,
    };
    const now = JSON.stringify(said);
    if (now === before) return;
    before = now;
    globalThis.witnessed(said);
  };
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, options);
  // What stands there once the choice was painted was seen as well.
  addEventListener("change", () => requestAnimationFrame(() => setTimeout(look)), true);
}
/* c8 ignore stop */
