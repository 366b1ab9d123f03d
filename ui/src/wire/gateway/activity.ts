// Generated from services/sse/src/activity by `make types`: change the Rust types, not this file.

/** How long somebody was there, as far as quarters of an hour tell. */
export type ActiveTime = {
  hours: number;
  minutes: number;
  formatted: string;
};

export type Busy = {
  hour: number;
  avgUsers: number;
};

export type Hour = {
  hour_start: string;
  db_hour: number;
  db_dow: number;
  user_count: number;
};

/** Everybody's hours. */
export type Hours = {
  data: Array<Hour>;
  /** The three hours of the day with the most users on average, the fullest first. */
  busiestHours: Array<Busy>;
  days: number;
  timezone: string;
};

/** One user's week: how often it was seen in each hour of each day. */
export type Week = {
  /** Hour 0 to 23, day 0 (Sunday) to 6, times seen: 168 of them. */
  heatmapData: Array<[number, number, number]>;
  totalActiveTime: ActiveTime;
  days: number;
};
