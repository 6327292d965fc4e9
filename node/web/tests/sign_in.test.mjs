import assert from "node:assert/strict";
import { test } from "node:test";
import { factsOf } from "../js/screens/confirm.js";
import { plainCode, plainNumber } from "../js/screens/sign_in.js";

test("an access code is taken however it was typed", () => {
  for (const typed of ["A2S4-ZNRL-B2AR-2YFA", "a2s4znrlb2ar2yfa", " a2s4 znrl\u00a0b2ar–2yfa ", "A२S४-ZNRL-B२AR-२YFA"]) {
    assert.equal(plainCode(typed), "A2S4ZNRLB2AR2YFA", typed);
  }
  assert.equal(plainCode(" - "), "");
});

test("a candidate number is digits, with spaces or dashes and in either script", () => {
  assert.equal(plainNumber(" 100 001 "), 100_001);
  assert.equal(plainNumber("100-001"), 100_001);
  assert.equal(plainNumber("१००००१"), 100_001);
  for (const typed of ["", "MUM-1", "1e5", "12345678901"]) assert.equal(plainNumber(typed), null, typed);
});

test("a candidate is shown what the roster tells, and nothing that it does not", () => {
  const names = (candidate) => factsOf(candidate).map(([name]) => name);
  assert.deepEqual(names({ id: 1, name: "Candidate One", roll: "MUM-0001", district: 1 }), ["fullName", "roll", "candidateNumber"]);
  assert.deepEqual(names({ id: 1, name: "Candidate One", roll: "", centre: "Hall 2" }), ["fullName", "candidateNumber", "centre"]);
});
