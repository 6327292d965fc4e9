// Has the page itself hold what it may need later, once it was fetched: a browser that does not trust the node's certificate
// keeps no file in its cache, and would ask a node that is not there.
import { NAMES, speakerOf } from "../words.js";

/** Resolves once it is held, or could not be: then it is asked for when it is needed. */
export async function hold() {
  await Promise.allSettled([
    import("../screens/check.js"),
    import("../screens/practice.js"),
    import("../question/kinds/question.js"),
    import("./answers_file.js"),
    ...Object.keys(NAMES).map((language) => speakerOf(language)),
  ]);
}
