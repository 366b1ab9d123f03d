// Generated from services/sse/src/config by `make types`: change the Rust types, not this file.

/** A site that members sign in at. */
export type LoginSite = {
  /** What the button says. */
  label: string;
  /** Where it leads; `{redirect}` is replaced. */
  url: string;
};
