//! Statements, transactions, and what happens while the server is away.

use chrono::NaiveDateTime;
use std::time::{Duration, Instant};
use store::{Conn, Error, Params, Pool, Row, params};
use testkit::{Mysql, database, link, wait};

async fn table(conn: &mut Conn) {
    let create = "CREATE TABLE things (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL, size INT, \
                  at DATETIME(3), UNIQUE KEY uq_name (name)) ENGINE=InnoDB";
    conn.run(create, Params::Empty).await.unwrap();
}

async fn add(conn: &mut Conn, name: &str) -> Result<u64, Error> {
    let insert = "INSERT INTO things (name, at) VALUES (:name, UTC_TIMESTAMP(3))";
    conn.run(insert, params! { name }).await.map(|done| done.last_id)
}

async fn count(conn: &mut Conn) -> u64 {
    let count: Option<(u64,)> = conn.first("SELECT COUNT(*) FROM things", Params::Empty).await.unwrap();
    count.unwrap().0
}

#[tokio::test]
async fn a_statement_tells_what_it_did_and_rows_are_read_by_name() {
    let database = database().await;
    let mut conn = database.pool().get().await.unwrap();
    table(&mut conn).await;
    assert_eq!((add(&mut conn, "a").await.unwrap(), add(&mut conn, "b").await.unwrap()), (1, 2));
    let update = "UPDATE things SET size = 5 WHERE name = :name";
    assert_eq!(conn.run(update, params! { "name" => "a" }).await.unwrap().affected, 1);
    assert_eq!(
        conn.run(update, params! { "name" => "a" }).await.unwrap().affected,
        1,
        "matched, not changed"
    );
    assert_eq!(conn.run(update, params! { "name" => "z" }).await.unwrap().affected, 0);

    let rows: Vec<Row> =
        conn.all("SELECT id, name, size, at FROM things ORDER BY id", Params::Empty).await.unwrap();
    let mut rows = rows.into_iter();
    let mut first = rows.next().unwrap();
    assert_eq!((first.take::<u64>("id").unwrap(), first.take::<String>("name").unwrap()), (1, "a".into()));
    assert_eq!(first.take::<Option<i32>>("size").unwrap(), Some(5));
    assert!(matches!(first.take::<i32>("size"), Err(Error::Unfit(_))), "taken before");
    assert!(matches!(first.take::<i32>("colour"), Err(Error::Unfit(_))));
    let mut second = rows.next().unwrap();
    assert!(matches!(second.take::<u64>("name"), Err(Error::Unfit(_))), "a text is no number");
    assert_eq!(second.take::<Option<i32>>("size").unwrap(), None);
}

#[tokio::test]
async fn a_session_is_in_utc_and_strict() {
    let database = database().await; // its server is two hours ahead
    let mut conn = database.pool().get().await.unwrap();
    table(&mut conn).await;
    let now: Option<(NaiveDateTime, NaiveDateTime)> =
        conn.first("SELECT NOW(), UTC_TIMESTAMP()", Params::Empty).await.unwrap();
    let (local, utc) = now.unwrap();
    assert_eq!(local, utc);
    let long = "x".repeat(21);
    assert!(matches!(add(&mut conn, &long).await, Err(Error::Refused(_))), "not cut to fit");
    add(&mut conn, "a").await.unwrap();
    match add(&mut conn, "A").await {
        Err(Error::Duplicate { key }) => assert_eq!(key, "uq_name"),
        other => panic!("expected a duplicate, got {other:?}"),
    }
}

#[tokio::test]
async fn a_transaction_counts_when_it_is_committed() {
    let database = database().await;
    let pool = database.pool();
    let mut conn = pool.get().await.unwrap();
    table(&mut conn).await;
    let mut kept = pool.begin().await.unwrap();
    add(&mut kept, "kept").await.unwrap();
    kept.commit().await.unwrap();
    let mut dropped = pool.begin().await.unwrap();
    add(&mut dropped, "dropped").await.unwrap();
    drop(dropped);
    assert_eq!(count(&mut conn).await, 1);
    wait("the name is free again", || async { add(&mut pool.get().await.unwrap(), "dropped").await.is_ok() })
        .await;
}

/// A request may be given up in the middle of a statement. Nobody who comes later may get its answer.
#[tokio::test]
async fn a_statement_that_is_given_up_disturbs_nobody() {
    let database = database().await;
    let pool = Pool::open(&database.url(), 1).unwrap();
    let mut conn = pool.get().await.unwrap();
    let slow = conn.run("SELECT SLEEP(3)", Params::Empty);
    assert!(tokio::time::timeout(Duration::from_millis(100), slow).await.is_err());
    drop(conn);
    let mut conn = pool.get().await.unwrap();
    let answer: Option<(u8,)> = conn.first("SELECT 7", Params::Empty).await.unwrap();
    assert_eq!(answer, Some((7,)));
}

#[tokio::test]
async fn nobody_waits_for_ever_for_a_connection() {
    let database = database().await;
    let pool = Pool::open(&database.url(), 1).unwrap();
    let held = pool.get().await.unwrap();
    let started = Instant::now();
    assert!(pool.get().await.unwrap_err().is_transient());
    assert!((2.5..4.0).contains(&started.elapsed().as_secs_f64()), "{:?}", started.elapsed());
    drop(held);
    pool.get().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_killed_is_found_again() {
    let mut server = Mysql::start().await;
    let database = server.database().await;
    let pool = database.pool();
    let mut conn = pool.get().await.unwrap();
    table(&mut conn).await;
    add(&mut conn, "a").await.unwrap();
    server.kill();
    assert!(add(&mut conn, "b").await.unwrap_err().is_transient());
    drop(conn);
    assert!(pool.get().await.unwrap_err().is_transient());
    server.revive().await;
    assert_eq!(count(&mut pool.get().await.unwrap()).await, 1);
}

/// A pulled cable sends no error: calls end by themselves, and connections that went silent do not fill the pool.
#[tokio::test]
async fn a_silent_server_fills_no_pool() {
    let database = database().await;
    let link = link(database.address()).await;
    let pool = Pool::open(&database.url_at(&link.addr()), 2).unwrap();
    let (mut one, mut other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    link.black_hole();
    let started = Instant::now();
    let (first, second) = tokio::join!(one.ping(), other.ping());
    assert!(first.unwrap_err().is_transient() && second.unwrap_err().is_transient());
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    drop((one, other));
    assert!(pool.get().await.unwrap_err().is_transient());
    link.mend().await;
    let (mut first, mut second) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    first.ping().await.unwrap();
    second.ping().await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_so_without_the_password() {
    let database = database().await;
    let url = database.url().replace("test:test@", "test:wrong-password@");
    let error = Pool::open(&url, 1).unwrap().get().await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("1045"), "{error}");
    assert!(!format!("{error:?} {error}").contains("wrong-password"));
    for bad in ["", "mysql://", "mysql://host:3306", "postgres://u:p@host/db", "not a url"] {
        assert!(matches!(Pool::open(bad, 1), Err(Error::Url)), "{bad}");
    }
    assert_eq!(format!("{:?}", Pool::open(&url, 1).unwrap()), "Pool");
}
