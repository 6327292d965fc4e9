// What the page needs from the sign-in on: the lobby, the attempt, the exam. It is fetched while the candidate types.
export { Attempt, attemptKey } from "./attempt/attempt.js";
export { openPaperOf } from "./attempt/open_paper.js";
export { updateBanner } from "./exam/banner.js";
export { Trouble } from "./exam/trouble.js";
export { isRich, kindsFor } from "./question/fields.js";
export { showConfirm } from "./screens/confirm.js";
export { showExam } from "./screens/exam.js";
export { showInstructions } from "./screens/instructions.js";
export { showReceipt } from "./screens/receipt.js";
export { showReview } from "./screens/review.js";
export { showSittings } from "./screens/sittings.js";
