// How the page is shown now: its texts, and what the candidate prefers, kept on this device.
import { applyPreferences, preferencesFrom, preferencesKey } from "./preferences.js";
import { speakerOf } from "./words.js";

/**
 * @import {Preferences} from "./preferences.js"
 * @typedef {{setting(name: string): Promise<any>, setSetting(name: string, value: unknown): Promise<unknown>}} Settings
 */

const WORDS_RETRY_MS = 1_000;

export class Appearance {
  preferences = preferencesFrom(null, navigator.languages);
  /** @type {import("./question/ask.js").Say} */
  say = (name) => name;

  /**
   * Reads what a candidate prefers, or else this device, and waits for the texts.
   * @param {Settings} settings
   * @param {number | undefined} candidate
   */
  async read(settings, candidate) {
    const own = candidate === undefined ? undefined : await settings.setting(preferencesKey(candidate));
    const kept = own ?? (await settings.setting(preferencesKey(undefined)));
    this.preferences = preferencesFrom(kept, navigator.languages);
    await this.speak();
  }

  /** Waits for the texts, however long that takes: without them there is nothing to show. */
  async speak() {
    for (;;) {
      try {
        this.say = await speakerOf(this.preferences.language);
        return applyPreferences(this.preferences, document.documentElement);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, WORDS_RETRY_MS));
      }
    }
  }

  /**
   * Changes it, from now on; throws a Problem where the texts of a language cannot be fetched.
   * @param {Partial<Preferences>} change
   * @param {Settings} settings
   * @param {number | undefined} candidate
   */
  async change(change, settings, candidate) {
    const preferences = { ...this.preferences, ...change };
    this.say = await speakerOf(preferences.language);
    this.preferences = preferences;
    applyPreferences(preferences, document.documentElement);
    await settings.setSetting(preferencesKey(candidate), preferences);
  }
}
