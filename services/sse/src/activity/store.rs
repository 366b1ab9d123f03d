//! SQL of activity. Times are UTC.

use ::store::{Conn, Error, params};
use chrono::{DateTime, NaiveDateTime, Utc};

/// Users of one statement.
const AT_ONCE: usize = 500;
const DELETED_AT_ONCE: u64 = 5000;

/// Writes that `users` were there in `slot`, and that its `hour` had as many; the most of an hour stays.
pub(crate) async fn record(
    conn: &mut Conn,
    slot: DateTime<Utc>,
    hour: DateTime<Utc>,
    users: &[u64],
) -> Result<(), Error> {
    for users in users.chunks(AT_ONCE) {
        let ids: Vec<_> = users.iter().map(u64::to_string).collect();
        // From the table of users, so that one who was deleted meanwhile is left out.
        let insert = format!(
            "INSERT IGNORE INTO user_activity_snapshots (snapshot_time, user_id) \
             SELECT :slot, id FROM users WHERE id IN ({})",
            ids.join(", ")
        );
        conn.run(&insert, params! { "slot" => slot.naive_utc() }).await?;
    }
    let most = "INSERT INTO hourly_activity_aggregates (hour_start, user_count) VALUES (:hour, :count) \
                ON DUPLICATE KEY UPDATE user_count = GREATEST(user_count, :count)";
    conn.run(most, params! { "hour" => hour.naive_utc(), "count" => users.len() }).await.map(|_done| ())
}

/// When a user was there since `from`, oldest first.
pub(crate) async fn of_user(
    conn: &mut Conn,
    user: u64,
    from: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, Error> {
    let select = "SELECT snapshot_time FROM user_activity_snapshots \
                  WHERE user_id = :user AND snapshot_time >= :from ORDER BY snapshot_time";
    let rows: Vec<(NaiveDateTime,)> = conn.all(select, params! { user, "from" => from.naive_utc() }).await?;
    Ok(rows.into_iter().map(|(at,)| at.and_utc()).collect())
}

/// Hours that began from `from` up to, not including, `to`, with the most users of each; oldest first.
pub(crate) async fn hourly(
    conn: &mut Conn,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, u64)>, Error> {
    let select = "SELECT hour_start, user_count FROM hourly_activity_aggregates \
                  WHERE hour_start >= :from AND hour_start < :to ORDER BY hour_start";
    let bounds = params! { "from" => from.naive_utc(), "to" => to.naive_utc() };
    let rows: Vec<(NaiveDateTime, u64)> = conn.all(select, bounds).await?;
    Ok(rows.into_iter().map(|(start, count)| (start.and_utc(), count)).collect())
}

/// The `count` users seen most often since `from`: id, name, times seen.
pub(crate) async fn most_active(
    conn: &mut Conn,
    from: DateTime<Utc>,
    count: u32,
) -> Result<Vec<(u64, Option<String>, u64)>, Error> {
    let select = "SELECT u.id, u.display_name, COUNT(*) AS seen \
                  FROM user_activity_snapshots s JOIN users u ON u.id = s.user_id \
                  WHERE s.snapshot_time >= :from GROUP BY u.id, u.display_name \
                  ORDER BY seen DESC, u.id LIMIT :count";
    conn.all(select, params! { "from" => from.naive_utc(), count }).await
}

/// Deletes what is older than `before`; how many rows.
pub(crate) async fn forget(conn: &mut Conn, before: DateTime<Utc>) -> Result<u64, Error> {
    let mut deleted = 0;
    for (table, column) in
        [("user_activity_snapshots", "snapshot_time"), ("hourly_activity_aggregates", "hour_start")]
    {
        let delete = format!("DELETE FROM {table} WHERE {column} < :before LIMIT {DELETED_AT_ONCE}");
        loop {
            let done = conn.run(&delete, params! { "before" => before.naive_utc() }).await?;
            deleted += done.affected;
            if done.affected < DELETED_AT_ONCE {
                break;
            }
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        database::MIGRATIONS,
        members::{Person, store as members},
    };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_user_counts_once_in_a_quarter_and_an_hour_keeps_its_most() {
        let database = testkit::database().await;
        let pool = database.pool();
        MIGRATIONS.run(&pool).await.unwrap();
        let mut conn = pool.get().await.unwrap();
        let mut ids = Vec::new();
        for wp_user_id in ["1", "2"] {
            let person = Person { wp_user_id: wp_user_id.into(), ..Person::dev(&Config::default()) };
            ids.push(members::keep_user(&mut conn, &person).await.unwrap());
        }
        let (quarter, hour) = (at("2026-11-01T05:45:00Z"), at("2026-11-01T05:00:00Z"));
        record(&mut conn, quarter, hour, &ids).await.unwrap();
        record(&mut conn, quarter, hour, &ids[..1])
            .await
            .expect("a gateway that starts again in that quarter");
        record(&mut conn, at("2026-11-01T06:00:00Z"), at("2026-11-01T06:00:00Z"), &[ids[0], 999])
            .await
            .unwrap();

        assert_eq!(of_user(&mut conn, ids[0], hour).await.unwrap(), [quarter, at("2026-11-01T06:00:00Z")]);
        assert_eq!(of_user(&mut conn, ids[1], hour).await.unwrap(), [quarter]);
        assert!(of_user(&mut conn, 999, hour).await.unwrap().is_empty(), "who was deleted meanwhile");
        let recorded = hourly(&mut conn, hour, at("2026-11-01T06:00:00Z")).await.unwrap();
        assert_eq!(recorded, [(hour, 2)], "the most, and not the hour at the end");
        let most = most_active(&mut conn, hour, 1).await.unwrap();
        assert_eq!(most, [(ids[0], Some("Dev User".into()), 2)]);

        assert_eq!(
            forget(&mut conn, at("2026-11-01T06:00:00Z")).await.unwrap(),
            3,
            "two snapshots, one hour"
        );
        assert_eq!(of_user(&mut conn, ids[0], hour).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_session_is_touched_forwards_revoked_once_and_forgotten() {
        let database = testkit::database().await;
        let pool = database.pool();
        MIGRATIONS.run(&pool).await.unwrap();
        let mut conn = pool.get().await.unwrap();
        let user = members::keep_user(&mut conn, &Person::dev(&Config::default())).await.unwrap();
        let expires = Utc::now() + chrono::TimeDelta::days(1);
        let session = members::NewSession {
            sid: "s-1",
            tier: auth::Tier::Coaching,
            expires,
            ip: None,
            user_agent: None,
        };
        members::add_session(&mut conn, user, &session).await.unwrap();
        let later = Utc::now() + chrono::TimeDelta::minutes(5);
        members::touch(&mut conn, "s-1", later).await.unwrap();
        members::touch(&mut conn, "s-1", later - chrono::TimeDelta::hours(1)).await.unwrap();
        members::revoke(&mut conn, "s-1", crate::members::Reason::Logout, later).await.unwrap();
        members::revoke(&mut conn, "s-1", crate::members::Reason::Admin, later).await.unwrap();
        let found = members::sessions(&mut conn, user, false).await.unwrap();
        assert_eq!(found[0].last_seen_at.timestamp_millis(), later.timestamp_millis());
        assert_eq!(found[0].revoke_reason.as_deref(), Some("logout"));
        assert!(members::live_sessions(&mut conn, user).await.unwrap().is_empty());
        let second = chrono::TimeDelta::seconds(1);
        assert_eq!(members::forget(&mut conn, expires - second, 10).await.unwrap(), 0);
        assert_eq!(members::forget(&mut conn, expires + second, 10).await.unwrap(), 1);
    }
}
