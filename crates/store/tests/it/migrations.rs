//! Migrations: once, in order, one runner at a time, and never with another text.

use store::{Error, Migration, Migrations, Params, Pool};
use testkit::database;

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS history (version INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, \
                       checksum CHAR(64) NOT NULL, applied_at DATETIME(3) NOT NULL, duration_ms INT NOT NULL);\n\
                       -- Two statements; this comment has a semicolon: ;\n\
                       CREATE TABLE IF NOT EXISTS first (id INT);\n";
const FIRST: Migration = Migration { version: 1, name: "first", text: HISTORY };
const SECOND: Migration = Migration { version: 2, name: "second", text: "INSERT INTO first (id) VALUES (1)" };

const fn with(steps: &'static [Migration]) -> Migrations {
    Migrations { table: "history", lock: "store_test_migrate", steps }
}

async fn number(pool: &Pool, sql: &str) -> u64 {
    let found: Option<(u64,)> = pool.get().await.unwrap().first(sql, Params::Empty).await.unwrap();
    found.unwrap().0
}

#[tokio::test]
async fn each_step_is_applied_once_and_recorded() {
    let database = database().await;
    let pool = database.pool();
    assert_eq!(with(&[FIRST]).run(&pool).await.unwrap(), 1);
    assert_eq!(with(&[FIRST, SECOND]).run(&pool).await.unwrap(), 1);
    assert_eq!(with(&[FIRST, SECOND]).run(&pool).await.unwrap(), 0);
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM first").await, 1);
    let recorded: Vec<(u32, String, String)> = pool
        .get()
        .await
        .unwrap()
        .all("SELECT version, name, checksum FROM history ORDER BY version", Params::Empty)
        .await
        .unwrap();
    assert_eq!((recorded[0].0, recorded[0].1.as_str()), (1, "first"));
    // printf 'INSERT INTO first (id) VALUES (1)' | sha256sum
    assert_eq!(recorded[1].2, "bb1876b0ff28ab01c59e80cb28b72017d97fc787c7252168c61c59b8e8c4bd6a");
    assert_eq!(
        with(&[FIRST]).run(&pool).await.unwrap(),
        0,
        "an older program goes on beside a newer database"
    );
}

#[tokio::test]
async fn of_several_runners_one_does_the_work() {
    let database = database().await;
    let pools: Vec<_> = (0..4).map(|_| database.pool()).collect();
    let runs = pools.iter().map(|pool| async { with(&[FIRST, SECOND]).run(pool).await.unwrap() });
    let (a, b, c, d) = {
        let mut runs = runs;
        tokio::join!(runs.next().unwrap(), runs.next().unwrap(), runs.next().unwrap(), runs.next().unwrap())
    };
    assert_eq!(a + b + c + d, 2);
    assert_eq!(number(&pools[0], "SELECT COUNT(*) FROM first").await, 1);
}

#[tokio::test]
async fn an_applied_step_must_not_change() {
    let database = database().await;
    let pool = database.pool();
    with(&[FIRST]).run(&pool).await.unwrap();
    const CHANGED: Migration = Migration { text: "CREATE TABLE other (id INT)", ..FIRST };
    match with(&[CHANGED, SECOND]).run(&pool).await {
        Err(Error::Changed { version: 1, name: "first" }) => {}
        other => panic!("expected a changed migration, got {other:?}"),
    }
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM first").await, 0, "nothing after it was applied");
    with(&[FIRST]).run(&pool).await.expect("the lock was given back");
}

/// DDL is committed at once: a text that fails midway is not recorded, and runs again once it is mended.
#[tokio::test]
async fn a_step_that_fails_is_tried_again_whole() {
    let database = database().await;
    let pool = database.pool();
    const BROKEN: Migration = Migration {
        version: 2,
        name: "second",
        text: "CREATE TABLE IF NOT EXISTS second (id INT);\nINSERT INTO nowhere (id) VALUES (1);",
    };
    assert_eq!(with(&[FIRST, BROKEN]).run(&pool).await.unwrap_err().code(), Some(1146));
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM history").await, 1);
    const MENDED: Migration = Migration {
        text: "CREATE TABLE IF NOT EXISTS second (id INT);\nINSERT INTO second (id) VALUES (1);",
        ..BROKEN
    };
    assert_eq!(with(&[FIRST, MENDED]).run(&pool).await.unwrap(), 1);
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM second").await, 1);
}
