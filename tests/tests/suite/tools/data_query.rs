//! `data_query`: SQL over files, in a database that is gone with the call.

use super::{call, check, sample};
use cowork_tests::{Coworkspace, Host};
use serde_json::{Value, json};

async fn rows(space: &Coworkspace, path: &str, sql: &str) -> Value {
    let arguments = json!({ "tables": [{ "name": "t", "path": path }], "sql": sql });
    call(space, "data_query", arguments).await.json()["rows"].clone()
}

#[tokio::test]
async fn every_format_answers_the_same_question() {
    let space = Coworkspace::new();
    for name in ["expenses.parquet", "expenses.xls", "expenses.ods"] {
        space.plant(format!("files/{name}"), sample(name));
    }
    space.plant(
        "files/expenses.csv",
        "day;vendor;amount\n2026-03-14;B;12.4\n2026-03-15;Hotel;1612.5\n2026-04-01;Taxi;\n",
    );
    space.plant(
        "files/expenses.jsonl",
        "{\"day\":\"2026-03-14\",\"amount\":12.4}\n{\"day\":\"2026-03-15\",\"amount\":1612.5}\n",
    );
    for ending in ["parquet", "csv", "jsonl", "xls", "ods"] {
        let sql = "SELECT strftime('%Y-%m', day), round(sum(amount), 2), count(amount) FROM t WHERE day < '2026-04-01' GROUP BY 1";
        let found = rows(&space, &format!("files/expenses.{ending}"), sql).await;
        assert_eq!(found, json!([["2026-03", 1624.9, 2]]), "{ending}");
    }
    let found = rows(&space, "files/expenses.parquet", "SELECT day, at, tags FROM t LIMIT 1").await;
    assert_eq!(found, json!([["2026-03-14", "2026-03-14 09:26:53", "[\"a\", \"b\"]"]]));
}

#[tokio::test]
async fn a_packing_that_is_not_known_is_named() {
    let space = Coworkspace::new();
    space.plant("files/a.parquet", sample("expenses-zstd.parquet"));
    let arguments = json!({ "tables": [{ "path": "files/a.parquet" }] });
    let expected = "failed: files/a.parquet: is packed by zstd or brotli, which is not read; write it with snappy or gzip";
    check(&space, "data_query", arguments, expected).await;
}

#[tokio::test]
async fn mathematics_and_large_files() {
    let space = Coworkspace::new();
    let lines: String = (0..200_000).map(|n| format!("{n},{},name {}\n", n % 97, n % 1000)).collect();
    space.plant("files/a.csv", format!("id,group,name\n{lines}"));
    let sql = "SELECT \"group\", count(*), sqrt(max(id)) > 400 FROM t GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1";
    assert_eq!(rows(&space, "files/a.csv", sql).await, json!([[0, 2062, 1]]));
}

#[tokio::test]
async fn an_answer_becomes_a_file_and_a_chart() {
    let space = Coworkspace::new();
    space.plant("files/a.csv", "vendor,amount\nA,1\nB,2\nA,3\n");
    let sql = "SELECT vendor, sum(amount) AS total FROM a GROUP BY 1";
    let query = json!({ "tables": [{ "path": "files/a.csv" }], "sql": sql, "output": "output/totals.csv" });
    call(&space, "data_query", query).await;
    assert_eq!(space.text("output/totals.csv"), "vendor,total\nA,4\nB,2\n");
    let chart =
        json!({ "kind": "bar", "output": "output/totals.svg", "source": { "path": "output/totals.csv" } });
    call(&space, "chart", chart).await;
    assert!(space.text("output/totals.svg").contains("total"));
}

#[tokio::test]
async fn it_reads_and_changes_nothing_else() {
    let space = Coworkspace::new();
    space.plant("files/a.csv", "x\n1\n");
    let before = space.tree();
    for sql in ["DELETE FROM a", "ATTACH 'files/b.db' AS b", "VACUUM INTO 'files/b.db'", "PRAGMA page_count"]
    {
        let arguments = json!({ "tables": [{ "path": "files/a.csv" }], "sql": sql });
        let expected =
            "invalid arguments: only SELECT is possible (WITH before it too); files are not changed by SQL";
        check(&space, "data_query", arguments, expected).await;
    }
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn a_query_that_is_too_much_ends_with_the_limit() {
    let space = Coworkspace::new();
    space.plant("files/a.csv", "x\n1\n");
    let endless = "WITH RECURSIVE t(x) AS (SELECT hex(randomblob(1000000)) UNION ALL SELECT hex(randomblob(1000000)) FROM t) SELECT count(DISTINCT x) FROM t";
    let arguments = json!({ "tables": [{ "path": "files/a.csv" }], "sql": endless });
    let result = Host::tools().await.call(&space, "data_query", &arguments).await;
    let error = result.expect_err("too much").to_string();
    assert!(error.contains("limit"), "{error}");
    let deep = format!("SELECT {}1{}", "(SELECT ".repeat(3000), ")".repeat(3000));
    let arguments = json!({ "tables": [{ "path": "files/a.csv" }], "sql": deep });
    let result = Host::tools().await.call(&space, "data_query", &arguments).await;
    let error = result.expect_err("too deep").to_string();
    assert!(error.starts_with("invalid arguments: "), "{error}");
}
